using System.Diagnostics;
using ZonalStorage.Memory;
using ZonalStorage.Reading;

namespace ZonalStorage.Prefetching;

/// <summary>A stretch of an object that is read, or was read, before anybody asked for it.</summary>
/// <remarks>
/// Held by its prefetcher, by the range on its way and by each read that uses it; with the last of them its block goes back to
/// the budget. Thread-safe.
/// </remarks>
internal sealed class ReadAheadPiece : OwnedRange
{
    private readonly Prefetcher _owner;
    private readonly long _asked = Stopwatch.GetTimestamp();
    private int _used;

    /// <summary>A piece that begins at <paramref name="offset"/> and is as long as its block, which it gives back.</summary>
    public ReadAheadPiece(Prefetcher owner, long offset, LazyBlock block)
        : base(offset, block, progress: null) => _owner = owner;

    /// <summary>Its place in its access run; null before it has one. The prefetcher's gate.</summary>
    public LinkedListNode<ReadAheadPiece>? Place { get; set; }

    /// <summary>Bytes that were read from it, each once.</summary>
    public int Used => Math.Min(Length, Volatile.Read(ref _used));

    /// <summary>Time from the request to the last byte.</summary>
    public TimeSpan Latency { get; private set; }

    /// <summary>Copies from <paramref name="offset"/> in the object on; it is ready, held, and has that much.</summary>
    /// <returns>CRC32C of what was copied.</returns>
    public uint CopyTo(long offset, Span<byte> destination)
    {
        var crc = Memory.Crc32C.CopyAndAppend(
            0, Bytes.Span.Slice((int)(offset - Offset), destination.Length), destination);
        Interlocked.Add(ref _used, destination.Length);
        return crc;
    }

    /// <inheritdoc/>
    protected override void OnCompleting() => Latency = Stopwatch.GetElapsedTime(_asked);

    /// <inheritdoc/>
    protected override void OnCompleted() => _owner.OnCompleted(this);

    /// <inheritdoc/>
    protected override void OnReleased()
    {
        base.OnReleased();
        _owner.OnReleased(this);
    }
}
