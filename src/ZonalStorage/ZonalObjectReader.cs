using ZonalStorage.Prefetching;

namespace ZonalStorage;

/// <summary>An object opened for reading: its generation and size are pinned, its streams are shared and reused.</summary>
/// <remarks>
/// Thread-safe: any number of reads at any positions at once; read-ahead follows each of them that is sequential. One that
/// nobody disposes of is closed when nobody refers to it any more.
/// </remarks>
public sealed class ZonalObjectReader : IAsyncDisposable
{
    private readonly ReadAheadReader _reader;

    internal ZonalObjectReader(ReadAheadReader reader) => _reader = reader;

#pragma warning disable MA0055 // The session knows its readers' windows, so these would stay for as long as the session.
    /// <summary>Closes a reader that nobody refers to any more; on a pool thread, so as not to hold up other finalizers.</summary>
    ~ZonalObjectReader() => ThreadPool.UnsafeQueueUserWorkItem(static r => r.DisposeQuietly(), _reader, preferLocal: false);
#pragma warning restore MA0055

    /// <summary>The engine's handle.</summary>
    internal Reading.ObjectReader Source => _reader.Source;

    /// <summary>The object, pinned to the generation that is read.</summary>
    public ZonalUri Uri => _reader.Source.Uri;

    /// <summary>What the service told when the object was opened.</summary>
    public ZonalObjectInfo Info => _reader.Source.Info;

    /// <summary>Size in bytes when the object was opened.</summary>
    public long Size => _reader.Source.Size;

    /// <summary>Streams that are open to the object; readers of one generation share them.</summary>
    public int StreamCount => _reader.Source.StreamCount;

    /// <summary>Reads into a caller's buffer.</summary>
    /// <param name="offset">First byte, 0 to <see cref="Size"/>.</param>
    /// <param name="destination">Filled as far as the object goes; the caller may reuse it once the task ended.</param>
    /// <param name="progress">Counters to follow; null for none.</param>
    /// <param name="cancellationToken">Cancels; the destination is not written to any more when the task has ended.</param>
    /// <returns>Bytes read: the destination's length, or less at the object's end.</returns>
    /// <exception cref="ZonalException"><c>RangeOutOfBounds</c>, <c>ChecksumMismatch</c>, and what a connection may throw.</exception>
    public async ValueTask<int> ReadAsync(
        long offset, Memory<byte> destination, ZonalProgress? progress = null,
        CancellationToken cancellationToken = default)
    {
        var (count, _) = await ReadCheckedAsync(offset, destination, progress, cancellationToken).ConfigureAwait(false);
        return count;
    }

    /// <summary>Reads a range into a new array.</summary>
    /// <exception cref="ZonalException">As the other overload; <c>ObjectTooLarge</c> where no array can hold it.</exception>
    public async Task<byte[]> ReadAsync(
        ByteRange range, ZonalProgress? progress = null, CancellationToken cancellationToken = default)
    {
        var bytes = await _reader.ReadAsync(range, progress, cancellationToken).ConfigureAwait(false);
        GC.KeepAlive(this);
        return bytes;
    }

    /// <summary>Reads ranges into a caller's buffer, one after another, all on their way at once.</summary>
    /// <param name="ranges">In the order in which they fill the buffer; each is clamped as <see cref="ByteRange.Resolve"/> says.</param>
    /// <param name="destination">Filled from its start; the caller may reuse it once the task ended, however it did.</param>
    /// <param name="progress">Counters to follow; null for none.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>Bytes read.</returns>
    /// <remarks>The cheapest way to many small ranges: no array per range. It passes by read-ahead and block cache.</remarks>
    /// <exception cref="ArgumentException">The ranges have more bytes than the destination; nothing was asked for.</exception>
    /// <exception cref="ZonalException">As the first overload; one range that fails fails all.</exception>
    public async Task<int> ReadAsync(
        IReadOnlyList<ByteRange> ranges, Memory<byte> destination, ZonalProgress? progress = null,
        CancellationToken cancellationToken = default)
    {
        var count = await _reader.Source.ReadAsync(ranges, destination, progress, cancellationToken).ConfigureAwait(false);
        GC.KeepAlive(this);
        return count;
    }

    /// <summary>Where a range lies in this object: first byte and number of bytes.</summary>
    /// <exception cref="ZonalException"><c>RangeOutOfBounds</c>: it begins behind the end.</exception>
    public (long Offset, long Length) Clamp(ByteRange range)
    {
        var (offset, length) = _reader.Source.Clamp(range);
        return (offset, length);
    }

    /// <summary>
    /// Cancels what is read ahead and gives the streams back to the session, which keeps them a while for the next reader.
    /// Reads under way fail.
    /// </summary>
    public ValueTask DisposeAsync()
    {
        Close();
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    /// <summary>What <see cref="DisposeAsync"/> does; nothing in it waits for the network. Closing it again does nothing.</summary>
    internal void Close()
    {
        _reader.Dispose();
#pragma warning disable CA1816 // It is closed by this as well as by DisposeAsync.
        GC.SuppressFinalize(this);
#pragma warning restore CA1816
    }

    /// <summary>Reads into a caller's buffer, and tells the CRC32C of what was read.</summary>
    internal async ValueTask<(int Count, uint Crc32C)> ReadCheckedAsync(
        long offset, Memory<byte> destination, ZonalProgress? progress, CancellationToken cancellationToken)
    {
        var read = await _reader.ReadAsync(offset, destination, progress, cancellationToken).ConfigureAwait(false);
        // Until here somebody refers to it: it is not closed beneath a read.
        GC.KeepAlive(this);
        return read;
    }
}
