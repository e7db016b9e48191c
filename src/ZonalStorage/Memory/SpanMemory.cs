using System.Buffers;

namespace ZonalStorage.Memory;

/// <summary>Memory over bytes that are pinned for as long as whoever made this waits.</summary>
internal sealed unsafe class SpanMemory(byte* start, int length) : MemoryManager<byte>
{
    /// <inheritdoc/>
    public override Span<byte> GetSpan() => new(start, length);

    /// <inheritdoc/>
    public override MemoryHandle Pin(int elementIndex = 0) => new(start + elementIndex);

    /// <inheritdoc/>
    public override void Unpin()
    {
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
    }
}
