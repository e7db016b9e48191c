using ZonalStorage.Memory;

namespace ZonalStorage.Reading;

/// <summary>The engine's handle of an opened object: generation and size are pinned, reads are planned and sent as they are.</summary>
/// <remarks>
/// Thread-safe: any number of reads at any positions at once. Nothing is read ahead here. Its streams are shared with other
/// readers of the same generation; closing it ends its own reads only.
/// </remarks>
internal sealed class ObjectReader : IRangeSource, IDisposable
{
    private readonly ReadContext _context;
    private readonly PoolShare _share;
    // Without a timer it holds nothing that must be disposed of.
    private readonly CancellationTokenSource _closed = new();
    private int _isClosed;

    /// <summary>A handle with a share in the pool that has opened the object; gives it back when it is disposed of.</summary>
    public ObjectReader(ReadContext context, PoolShare share)
    {
        _context = context;
        _share = share;
        Info = share.Object.Info;
        Uri = share.Object.Info.Uri;
    }

    /// <summary>The object, pinned to the generation that is read.</summary>
    public ZonalUri Uri { get; }

    /// <summary>What the service told when the object was opened.</summary>
    public ZonalObjectInfo Info { get; }

    /// <inheritdoc/>
    public long Size => Info.Size;

    /// <inheritdoc/>
    public int MaximumStreams => _context.Options.StreamsPerObject;

    /// <summary>Streams that are open to the object.</summary>
    public int StreamCount => _share.Pool.StreamCount;

    /// <summary>Where a range lies in this object: first byte and number of bytes.</summary>
    /// <exception cref="ZonalException"><c>RangeOutOfBounds</c>: it begins behind the end.</exception>
    public Extent Clamp(ByteRange range)
    {
        if (range.Offset > Size) throw ReadErrors.OutOfRange(Uri, $"byte {range.Offset} of {Size}");
        var (offset, length) = range.Resolve(Size);
        return new Extent(offset, length);
    }

    /// <summary>Where a range that is to fill one array lies in this object.</summary>
    /// <exception cref="ZonalException"><c>RangeOutOfBounds</c>, <c>ObjectTooLarge</c>.</exception>
    public Extent Resolve(ByteRange range)
    {
        var extent = Clamp(range);
        return extent.Length <= Array.MaxLength ? extent : throw ReadErrors.TooLarge(Uri, extent.Length);
    }

    /// <summary>Reads a range into a new array; all of an object is compared with its checksum.</summary>
    public async Task<byte[]> ReadAsync(ByteRange range, ZonalProgress? progress, CancellationToken cancellationToken)
    {
        var extent = Resolve(range);
        if (extent.Length == 0) return [];
        var bytes = HugePages.AllocateArray((int)extent.Length);
        CheckWhole(extent, await FillAsync(extent.Offset, bytes, progress, cancellationToken).ConfigureAwait(false));
        return bytes;
    }

    /// <summary>Asks for ranges; their owners are told how they ended.</summary>
    public void Add(IReadOnlyList<RangeRead> ranges) => _share.Pool.Add(ranges);

    /// <inheritdoc/>
    public void Add(IReadOnlyList<RangeRead> ranges, int streams) => _share.Pool.Spread(ranges, streams);

    /// <inheritdoc/>
    public async Task<uint> FillAsync(
        long offset, Memory<byte> destination, ZonalProgress? progress, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var buffer = new DirectMemmoveBuffer(destination);
        var parts = RangePlanner.Split(
            new Extent(offset, destination.Length), _context.Options.Concurrency, _context.Options.MinimumPartSize);
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
            throw ReadErrors.EndedBeforeSize(Uri, Size, e);
        }

        uint crc = 0;
        for (var i = 0; i < ranges.Length; i++)
        {
            var part = destination.Slice((int)(parts[i].Offset - offset), (int)parts[i].Length);
            crc = Crc32C.Combine(crc, ranges[i].Crc32C ?? Crc32C.Compute(part.Span), part.Length);
        }

        return crc;
    }

    /// <summary>Compares the CRC32C of what was read with the object's, where all of it was read and the service knows it.</summary>
    /// <exception cref="ZonalException"><c>ChecksumMismatch</c>.</exception>
    public void CheckWhole(Extent extent, uint crc)
    {
        if (Info is not { IsFinalized: true, Crc32C: { } expected } || extent != new Extent(0, Size) || crc == expected) return;
        throw ReadErrors.WholeDamaged(Uri, crc, expected);
    }

    /// <summary>Reads ranges into a caller's buffer, one after another, all on their way at once.</summary>
    /// <param name="ranges">In the order in which they fill the buffer; each is clamped as <see cref="ByteRange.Resolve"/> says.</param>
    /// <param name="destination">Filled from its start; the caller may reuse it once the task ended, however it did.</param>
    /// <param name="progress">Counters to follow; null for none.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>Bytes read.</returns>
    /// <exception cref="ArgumentException">The ranges have more bytes than the destination; nothing was asked for.</exception>
    /// <exception cref="ZonalException">As <see cref="FillAsync"/>; one range that fails fails all.</exception>
    public async Task<int> ReadAsync(
        IReadOnlyList<ByteRange> ranges, Memory<byte> destination, ZonalProgress? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ranges);
        var extents = new Extent[ranges.Count];
        var room = (long)destination.Length;
        for (var i = 0; i < extents.Length; i++)
        {
            extents[i] = Clamp(ranges[i]);
            // Subtracted, since a sum of lengths may be more than any number holds.
            room -= extents[i].Length;
            if (room < 0)
            {
                throw new ArgumentException(
                    $"The first {i + 1} ranges have more bytes than the destination, which has {destination.Length}.",
                    nameof(destination));
            }
        }

        await new VectorRead(this, _context.Options, progress).RunAsync(extents, destination, cancellationToken).ConfigureAwait(false);
        return (int)(destination.Length - room);
    }

    /// <summary>Reads ranges of one operation to their end.</summary>
    public async Task RunAsync(ReadOperation operation, RangeRead[] ranges, CancellationToken cancellationToken)
    {
        if (_closed.IsCancellationRequested) throw ReadErrors.ReaderClosed();
        operation.Start(_share.Pool, ranges);
        using var closing = _closed.Token.UnsafeRegister(
            static o => ((ReadOperation)o!).Cancel(ReadErrors.ReaderClosed()), operation);
        using var registration = cancellationToken.CanBeCanceled
            ? cancellationToken.UnsafeRegister(
                static (o, token) => ((ReadOperation)o!).Cancel(new OperationCanceledException(token)), operation)
            : default;
        await operation.Completed.ConfigureAwait(false);
    }

    /// <summary>Fails the reads under way and gives its share in the streams back.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isClosed, 1) != 0) return;
        _closed.Cancel();
        _context.Pools.Release(_share);
    }
}
