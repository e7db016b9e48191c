namespace ZonalStorage.Memory;

/// <summary>A way to compute CRC32C; which of them there are depends on the processor and the runtime.</summary>
internal abstract unsafe class Crc32CMethod
{
    /// <summary>All that work here, the fastest first. The last one always does.</summary>
    public static IReadOnlyList<Crc32CMethod> All { get; } = Find();

    /// <summary>Moves a CRC's state (the CRC, inverted) over some bytes.</summary>
    /// <param name="state">State so far.</param>
    /// <param name="source">The bytes.</param>
    /// <param name="destination">Where to copy them on the way, not overlapping the source; null for nowhere.</param>
    /// <param name="length">How many.</param>
    /// <param name="isStreaming">Whether to write past the cache.</param>
    /// <returns>The new state. All of the copy is visible to whoever sees this thread's later writes.</returns>
    public abstract uint Run(uint state, byte* source, byte* destination, nint length, bool isStreaming);

    private static Crc32CMethod[] Find()
    {
        var methods = new List<Crc32CMethod> { new Crc32CSoftware() };
        if (ArmCrc32CInstructions.IsSupported) methods.Insert(0, new Crc32CLanes<ArmCrc32CInstructions>());
        if (X86Crc32CInstructions.IsSupported) methods.Insert(0, new Crc32CLanes<X86Crc32CInstructions>());
        return [.. methods];
    }
}
