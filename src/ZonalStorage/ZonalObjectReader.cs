using ZonalStorage.Prefetching;

namespace ZonalStorage;

/// <summary>An object opened for reading: its generation and size are pinned, its streams are shared and reused.</summary>
/// <remarks>Thread-safe: any number of reads at any positions at once; read-ahead follows each of them that is sequential.</remarks>
public sealed class ZonalObjectReader : IAsyncDisposable
{
    private readonly ReadAheadReader _reader;

    internal ZonalObjectReader(ReadAheadReader reader) => _reader = reader;

    /// <summary>The engine's handle.</summary>
    internal Reading.ObjectReader Source => _reader.Source;

    /// <summary>The object, pinned to the generation that is read.</summary>
    public ZonalUri Uri => _reader.Source.Uri;

    /// <summary>What the service told when the object was opened.</summary>
    public ZonalObjectInfo Info => _reader.Source.Info;

    /// <summary>Size in bytes when the object was opened.</summary>
    public long Size => _reader.Source.Size;

    /// <summary>Streams that this reader has open.</summary>
    public int StreamCount => _reader.Source.StreamCount;

    /// <summary>Reads into a caller's buffer.</summary>
    /// <param name="offset">First byte, 0 to <see cref="Size"/>.</param>
    /// <param name="destination">Filled as far as the object goes; the caller may reuse it once the task ended.</param>
    /// <param name="progress">Counters to follow; null for none.</param>
    /// <param name="cancellationToken">Cancels; the destination is not written to any more when the task has ended.</param>
    /// <returns>Bytes read: the destination's length, or less at the object's end.</returns>
    /// <exception cref="ZonalException"><c>RangeOutOfBounds</c>, <c>ChecksumMismatch</c>, and what a connection may throw.</exception>
    public ValueTask<int> ReadAsync(
        long offset, Memory<byte> destination, ZonalProgress? progress = null,
        CancellationToken cancellationToken = default) =>
        _reader.ReadAsync(offset, destination, progress, cancellationToken);

    /// <summary>Reads a range into a new array.</summary>
    /// <exception cref="ZonalException">As the other overload; <c>ObjectTooLarge</c> where no array can hold it.</exception>
    public Task<byte[]> ReadAsync(
        ByteRange range, ZonalProgress? progress = null, CancellationToken cancellationToken = default) =>
        _reader.ReadAsync(range, progress, cancellationToken);

    /// <summary>Reads ranges into a caller's buffer, one after another, all on their way at once.</summary>
    /// <param name="ranges">In the order in which they fill the buffer; each is clamped as <see cref="ByteRange.Resolve"/> says.</param>
    /// <param name="destination">Filled from its start; the caller may reuse it once the task ended, however it did.</param>
    /// <param name="progress">Counters to follow; null for none.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>Bytes read.</returns>
    /// <remarks>The cheapest way to many small ranges: no array per range. It passes by read-ahead and block cache.</remarks>
    /// <exception cref="ArgumentException">The ranges have more bytes than the destination; nothing was asked for.</exception>
    /// <exception cref="ZonalException">As the first overload; one range that fails fails all.</exception>
    public Task<int> ReadAsync(
        IReadOnlyList<ByteRange> ranges, Memory<byte> destination, ZonalProgress? progress = null,
        CancellationToken cancellationToken = default) =>
        _reader.Source.ReadAsync(ranges, destination, progress, cancellationToken);

    /// <summary>Where a range lies in this object: first byte and number of bytes.</summary>
    /// <exception cref="ZonalException"><c>RangeOutOfBounds</c>: it begins behind the end.</exception>
    public (long Offset, long Length) Clamp(ByteRange range) => _reader.Source.Clamp(range);

    /// <summary>
    /// Cancels what is read ahead and gives the streams back to the session, which keeps them a while for the next reader.
    /// Reads under way fail.
    /// </summary>
    public ValueTask DisposeAsync()
    {
        _reader.Dispose();
        return ValueTask.CompletedTask;
    }
}
