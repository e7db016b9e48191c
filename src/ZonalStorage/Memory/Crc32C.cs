using System.Runtime.CompilerServices;

namespace ZonalStorage.Memory;

/// <summary>CRC32C (Castagnoli), the checksum of every chunk and object of the service.</summary>
/// <remarks>
/// Any thread; nothing is allocated. How it is computed depends on the processor, see <see cref="Crc32CMethod.All"/>. Copying
/// at the same time costs little more than the slower of the two, so it is preferred to a copy before or after at every
/// length (docs/performance.md).
/// </remarks>
internal static unsafe class Crc32C
{
    // The fastest that this processor has.
    private static readonly Crc32CMethod _method = Crc32CMethod.All[0];

    /// <summary>The CRC of <paramref name="bytes"/>.</summary>
    public static uint Compute(ReadOnlySpan<byte> bytes) => Append(0, bytes);

    /// <summary>The CRC of what <paramref name="crc"/> is the CRC of, followed by <paramref name="bytes"/>.</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> bytes) => Append(_method, crc, bytes);

    /// <summary>Copies and computes in one pass.</summary>
    /// <param name="crc">CRC of what came before.</param>
    /// <param name="source">What to copy; must not overlap the destination.</param>
    /// <param name="destination">At least as long.</param>
    /// <param name="isStreaming">
    /// True to write past the cache: for destinations that are too large to be there, or to be read again before they have
    /// left it. A store that misses the cache reads its line first; going past it took 0.035 instead of 0.085 CPU-s/GiB into
    /// cold memory (docs/performance.md).
    /// </param>
    /// <exception cref="ArgumentException">The destination is too short.</exception>
    public static uint CopyAndAppend(
        uint crc, ReadOnlySpan<byte> source, Span<byte> destination, bool isStreaming = false) =>
        CopyAndAppend(_method, crc, source, destination, isStreaming);

    /// <summary>The CRC of two stretches one after the other, from the CRC of each and the length of the second.</summary>
    /// <remarks>Takes one multiplication for each bit of the length that is set: one for 2 MiB, some nanoseconds.</remarks>
    public static uint Combine(uint first, uint second, long secondLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(secondLength);
        return Crc32CAlgebra.MoveOver(first, secondLength) ^ second;
    }

    /// <inheritdoc cref="Append(uint, ReadOnlySpan{byte})"/>
    internal static uint Append(Crc32CMethod method, uint crc, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* source = bytes) return ~method.Run(~crc, source, null, bytes.Length, isStreaming: false);
    }

    /// <inheritdoc cref="CopyAndAppend(uint, ReadOnlySpan{byte}, Span{byte}, bool)"/>
    internal static uint CopyAndAppend(
        Crc32CMethod method, uint crc, ReadOnlySpan<byte> source, Span<byte> destination, bool isStreaming)
    {
        if (destination.Length < source.Length) ThrowTooShort();
        // An empty span has no address, and a pass without a destination would not copy: there is nothing to copy then.
        fixed (byte* from = source)
        fixed (byte* to = destination)
        {
            return ~method.Run(~crc, from, to, source.Length, isStreaming);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ThrowTooShort() =>
        throw new ArgumentException("The destination is shorter than the source.", "destination");
}
