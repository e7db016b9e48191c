using ZonalStorage.Memory;

namespace ZonalStorage.Reading;

/// <summary>The engine's handle of an opened object: generation and size are pinned, reads are planned and sent as they are.</summary>
/// <remarks>Thread-safe: any number of reads at any positions at once. Nothing is read ahead here.</remarks>
internal sealed class ObjectReader : IRangeSource, IDisposable
{
    private readonly ZonalSessionOptions _options;
    private readonly MultiRangeDownloaderPool _pool;
    private int _isBroken;

    /// <summary>A handle of what <paramref name="pool"/> has opened.</summary>
    public ObjectReader(ReadContext context, MultiRangeDownloaderPool pool, OpenedObject opened)
    {
        _options = context.Options;
        _pool = pool;
        Info = opened.Info;
        Uri = opened.Info.Uri;
    }

    /// <summary>The object, pinned to the generation that is read.</summary>
    public ZonalUri Uri { get; }

    /// <summary>What the service told when the object was opened.</summary>
    public ZonalObjectInfo Info { get; }

    /// <inheritdoc/>
    public long Size => Info.Size;

    /// <inheritdoc/>
    public int MaximumStreams => _options.StreamsPerObject;

    /// <summary>Streams that this reader has open.</summary>
    public int StreamCount => _pool.StreamCount;

    /// <summary>Where a range lies in this object: first byte and number of bytes.</summary>
    /// <exception cref="ZonalException"><c>RangeOutOfBounds</c>: it begins behind the end.</exception>
    public (long Offset, long Length) Clamp(ByteRange range)
    {
        if (range.Offset > Size) throw ReadErrors.OutOfRange(Uri, $"byte {range.Offset} of {Size}");
        return range.Resolve(Size);
    }

    /// <summary>Where a range that is to fill one array lies in this object.</summary>
    /// <exception cref="ZonalException"><c>RangeOutOfBounds</c>, <c>ObjectTooLarge</c>.</exception>
    public (long Offset, long Length) Resolve(ByteRange range)
    {
        var (offset, length) = Clamp(range);
        return length <= Array.MaxLength ? (offset, length) : throw ReadErrors.TooLarge(Uri, length);
    }

    /// <summary>Reads a range into a new array; all of an object is compared with its checksum.</summary>
    public async Task<byte[]> ReadAsync(ByteRange range, ZonalProgress? progress, CancellationToken cancellationToken)
    {
        var (offset, length) = Resolve(range);
        if (length == 0) return [];
        var bytes = HugePages.AllocateArray((int)length);
        CheckWhole(offset, length, await FillAsync(offset, bytes, progress, cancellationToken).ConfigureAwait(false));
        return bytes;
    }

    /// <summary>Asks for ranges; their owners are told how they ended.</summary>
    public void Add(IReadOnlyList<RangeRead> ranges) => _pool.Add(ranges);

    /// <inheritdoc/>
    public void Add(IReadOnlyList<RangeRead> ranges, int streams) => _pool.Spread(ranges, streams);

    /// <inheritdoc/>
    Task IRangeSource.FillAsync(
        long offset, Memory<byte> destination, ZonalProgress? progress, CancellationToken cancellationToken) =>
        FillAsync(offset, destination, progress, cancellationToken);

    /// <summary>Fills all of <paramref name="destination"/>, which lies inside the object, from several streams.</summary>
    /// <returns>CRC32C of the bytes, combined from those of the chunks.</returns>
    public async Task<uint> FillAsync(
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

        await RunAsync(operation, ranges, cancellationToken).ConfigureAwait(false);
        try
        {
            buffer.Complete();
        }
        catch (InvalidOperationException e)
        {
            // The object has this many bytes by the service's own word when it was opened.
            throw new ZonalException(
                ZonalErrorIds.WrongBytes, ZonalStatusCode.DataLoss, $"'{Uri}' ended before its size of {Size} bytes. {e.Message}",
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
    public void CheckWhole(long offset, long length, uint crc)
    {
        if (Info is not { IsFinalized: true, Crc32C: { } expected } || offset != 0 || length != Size || crc == expected) return;
        throw ReadErrors.WholeDamaged(Uri, crc, expected);
    }

    /// <summary>Reads one range on one stream into memory that is taken when it comes, and tells its CRC32C.</summary>
    public async Task<uint> FillPartAsync(
        long offset, ILateMemory destination, int length, ZonalProgress? progress, CancellationToken cancellationToken)
    {
        var operation = new ReadOperation();
        var range = new RangeRead(offset, MemmoveView.Over(destination, length), operation, progress);
        await RunAsync(operation, [range], cancellationToken).ConfigureAwait(false);
        if (range.Filled != length) throw ReadErrors.Short(Uri, range.Filled, length);
        return range.Crc32C ?? Memory.Crc32C.Compute(destination.Bind().Span[..length]);
    }

    /// <summary>Reads ranges into a caller's buffer, one after another, all on their way at once.</summary>
    /// <param name="ranges">In the order in which they fill the buffer; each is clamped as <see cref="ByteRange.Resolve"/> says.</param>
    /// <param name="destination">Filled from its start; the caller may reuse it once the task ended, however it did.</param>
    /// <param name="progress">Counters to follow; null for none.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>Bytes read.</returns>
    /// <remarks>The cheapest way to many small ranges: no array a range. Nothing is read ahead or cached.</remarks>
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
        await new VectorRead(this, _options, progress).RunAsync(extents, destination, cancellationToken).ConfigureAwait(false);
        return (int)bytes;
    }

    /// <summary>Gives the streams back; reads under way fail.</summary>
    public void Dispose() => _pool.Close(keep: Volatile.Read(ref _isBroken) == 0);

    /// <summary>Reads ranges of one operation to their end.</summary>
    public async Task RunAsync(ReadOperation operation, RangeRead[] ranges, CancellationToken cancellationToken)
    {
        operation.Start(_pool, ranges);
        using var registration = cancellationToken.CanBeCanceled
            ? cancellationToken.UnsafeRegister(
                static (o, token) => ((ReadOperation)o!).Cancel(new OperationCanceledException(token)), operation)
            : default;
        try
        {
            await operation.Completed.ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            Volatile.Write(ref _isBroken, 1);
            throw;
        }
    }
}
