using ZonalStorage.Memory;
using ZonalStorage.Prefetching;
using ZonalStorage.Reading;

namespace ZonalStorage;

/// <summary>An object opened for reading: its generation and size are pinned, its streams are shared and reused.</summary>
/// <remarks>Thread-safe: any number of reads at any positions at once; read-ahead follows each of them that is sequential.</remarks>
public sealed class ZonalObjectReader : IAsyncDisposable, IRangeSource
{
    private readonly ZonalSessionOptions _options;
    private readonly MultiRangeDownloaderPool _pool;
    private readonly Prefetcher? _prefetcher;
    private readonly BlockCache? _cache;
    private int _isBroken;

    internal ZonalObjectReader(
        ReadContext context, MultiRangeDownloaderPool pool, OpenedObject opened, ZonalReaderOptions options)
    {
        _options = context.Options;
        _pool = pool;
        Info = opened.Info;
        Uri = opened.Info.Uri;
        if (options.Prefetch) _prefetcher = new Prefetcher(this, options, context.Budget, context.Counters);
        if (options.BlockCacheSize > 0)
            _cache = new BlockCache(ReadThroughAsync, Size, options.BlockCacheSize, context.Budget.OpenAccount());
    }

    /// <summary>The object, pinned to the generation that is read.</summary>
    public ZonalUri Uri { get; }

    /// <summary>What the service told when the object was opened.</summary>
    public ZonalObjectInfo Info { get; }

    /// <summary>Size in bytes when the object was opened.</summary>
    public long Size => Info.Size;

    /// <summary>Streams that this reader has open.</summary>
    public int StreamCount => _pool.StreamCount;

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
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        if (offset > Size) throw ReadErrors.OutOfRange(Uri, $"byte {offset} of {Size}");
        var length = (int)Math.Min(destination.Length, Size - offset);
        if (length == 0) return 0;
        destination = destination[..length];
        cancellationToken.ThrowIfCancellationRequested();
        await (_cache is null
            ? ReadThroughAsync(offset, destination, progress, cancellationToken)
            : _cache.ReadAsync(offset, destination, progress, cancellationToken));
        return length;
    }

    /// <summary>Reads a range into a new array.</summary>
    /// <exception cref="ZonalException">As the other overload; <c>ObjectTooLarge</c> where no array can hold it.</exception>
    public async Task<byte[]> ReadAsync(
        ByteRange range, ZonalProgress? progress = null, CancellationToken cancellationToken = default)
    {
        var (offset, length) = Resolve(range);
        if (length == 0) return [];
        var bytes = HugePages.AllocateArray((int)length);
        if (length == Size) CheckWhole(offset, length, await FillAsync(offset, bytes, progress, cancellationToken));
        else await ReadAsync(offset, bytes, progress, cancellationToken);
        return bytes;
    }

    /// <summary>Reads ranges into a caller's buffer, one after another, all on their way at once.</summary>
    /// <param name="ranges">In the order in which they fill the buffer; each is clamped as <see cref="ByteRange.Resolve"/> says.</param>
    /// <param name="destination">Filled from its start; the caller may reuse it once the task ended, however it did.</param>
    /// <param name="progress">Counters to follow; null for none.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>Bytes read.</returns>
    /// <remarks>The cheapest way to many small ranges: no array a range. It passes by read-ahead and block cache.</remarks>
    /// <exception cref="ArgumentException">The ranges have more bytes than the destination; nothing was asked for.</exception>
    /// <exception cref="ZonalException">As the first overload; one range that fails fails all.</exception>
    public async Task<int> ReadAsync(
        IReadOnlyList<ByteRange> ranges, Memory<byte> destination, ZonalProgress? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(ranges);
        var extents = new Extent[ranges.Count];
        long bytes = 0;
        for (var i = 0; i < extents.Length; i++)
        {
            var (offset, length) = Clamp(ranges[i]);
            extents[i] = new Extent(offset, length);
            bytes += length;
        }

        if (bytes > destination.Length)
            throw new ArgumentException($"The ranges have {bytes} bytes, the destination only {destination.Length}.", nameof(destination));
        await new VectorRead(this, _options, progress).RunAsync(extents, destination, cancellationToken);
        return (int)bytes;
    }

    /// <summary>
    /// Cancels what is read ahead and gives the streams back to the session, which keeps them a while for the next reader.
    /// Reads under way fail.
    /// </summary>
    public ValueTask DisposeAsync()
    {
        _prefetcher?.Dispose();
        _pool.Close(keep: Volatile.Read(ref _isBroken) == 0);
        _cache?.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Where a range lies in this object: first byte and number of bytes.</summary>
    /// <exception cref="ZonalException"><c>RangeOutOfBounds</c>: it begins behind the end.</exception>
    public (long Offset, long Length) Clamp(ByteRange range)
    {
        if (range.Offset > Size) throw ReadErrors.OutOfRange(Uri, $"byte {range.Offset} of {Size}");
        return range.Resolve(Size);
    }

    /// <summary>Where a range that is to fill one array lies in this object.</summary>
    /// <exception cref="ZonalException"><c>RangeOutOfBounds</c>, <c>ObjectTooLarge</c>.</exception>
    internal (long Offset, long Length) Resolve(ByteRange range)
    {
        var (offset, length) = Clamp(range);
        return length <= Array.MaxLength ? (offset, length) : throw ReadErrors.TooLarge(Uri, length);
    }

    /// <inheritdoc/>
    int IRangeSource.MaximumStreams => _options.StreamsPerObject;

    /// <inheritdoc/>
    void IRangeSource.Add(IReadOnlyList<RangeRead> ranges, int streams) => _pool.Spread(ranges, streams);

    /// <inheritdoc/>
    Task IRangeSource.FillAsync(
        long offset, Memory<byte> destination, ZonalProgress? progress, CancellationToken cancellationToken) =>
        FillAsync(offset, destination, progress, cancellationToken);

    /// <summary>Asks for ranges; their owners are told how they ended.</summary>
    internal void Add(IReadOnlyList<RangeRead> ranges) => _pool.Add(ranges);

    /// <summary>Fills all of <paramref name="destination"/>, which lies inside the object, from several streams.</summary>
    /// <returns>CRC32C of the bytes, combined from those of the chunks.</returns>
    internal async Task<uint> FillAsync(
        long offset, Memory<byte> destination, ZonalProgress? progress, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var buffer = new DirectMemmoveBuffer(destination);
        var parts = RangePlanner.Split(
            new Extent(offset, destination.Length), _options.Concurrency, _options.MinimumPartSize);
        var operation = new ReadOperation();
        var ranges = new RangeRead[parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            var view = buffer.OpenView((int)(parts[i].Offset - offset), (int)parts[i].Length);
            ranges[i] = new RangeRead(parts[i].Offset, view, operation, progress);
        }

        await RunAsync(operation, ranges, cancellationToken);
        try
        {
            buffer.Complete();
        }
        catch (InvalidOperationException e)
        {
            // The object has this many bytes by the service's own word when it was opened.
            throw new ZonalException(
                "WrongBytes", ZonalStatusCode.DataLoss, $"'{Uri}' ended before its size of {Size} bytes. {e.Message}",
                "Read it again.", Uri.ToString(), e);
        }

        uint crc = 0;
        for (var i = 0; i < ranges.Length; i++)
        {
            var part = destination.Slice((int)(parts[i].Offset - offset), (int)parts[i].Length);
            crc = Memory.Crc32C.Combine(crc, ranges[i].Crc32C ?? Memory.Crc32C.Compute(part.Span), part.Length);
        }

        return crc;
    }

    /// <summary>Compares the CRC32C of what was read with the object's, where all of it was read and the service knows it.</summary>
    /// <exception cref="ZonalException"><c>ChecksumMismatch</c>.</exception>
    internal void CheckWhole(long offset, long length, uint crc)
    {
        if (Info is not { IsFinalized: true, Crc32C: { } expected } || offset != 0 || length != Size || crc == expected) return;
        throw ReadErrors.WholeDamaged(Uri, crc, expected);
    }

    /// <summary>Reads one range on one stream into memory that is taken when it comes, and tells its CRC32C.</summary>
    internal async Task<uint> FillPartAsync(
        long offset, ILateMemory destination, int length, ZonalProgress? progress, CancellationToken cancellationToken)
    {
        var operation = new ReadOperation();
        var range = new RangeRead(offset, MemmoveView.Over(destination, length), operation, progress);
        await RunAsync(operation, [range], cancellationToken);
        if (range.Filled != length) throw ReadErrors.Short(Uri, range.Filled, length);
        return range.Crc32C ?? Memory.Crc32C.Compute(destination.Bind().Span[..length]);
    }

    private ValueTask ReadThroughAsync(
        long offset, Memory<byte> destination, ZonalProgress? progress, CancellationToken cancellationToken) =>
        _prefetcher?.ReadAsync(offset, destination, progress, cancellationToken)
        ?? new ValueTask(FillAsync(offset, destination, progress, cancellationToken));

    /// <summary>Reads ranges of one operation to their end.</summary>
    internal async Task RunAsync(ReadOperation operation, RangeRead[] ranges, CancellationToken cancellationToken)
    {
        operation.Start(_pool, ranges);
        using var registration = cancellationToken.CanBeCanceled
            ? cancellationToken.UnsafeRegister(
                static (o, token) => ((ReadOperation)o!).Cancel(new OperationCanceledException(token)), operation)
            : default;
        try
        {
            await operation.Completed;
        }
        catch (OperationCanceledException)
        {
            Volatile.Write(ref _isBroken, 1);
            throw;
        }
    }
}
