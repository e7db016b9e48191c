using ZonalStorage.Memory;
using ZonalStorage.Reading;

namespace ZonalStorage.Prefetching;

/// <summary>An opened object whose reads go by read-ahead and block cache, as its options say.</summary>
/// <remarks>Thread-safe. Owns the <see cref="ObjectReader"/>; nothing in <see cref="Dispose"/> waits for the network.</remarks>
internal sealed class ReadAheadReader : IDisposable
{
    private readonly Prefetcher? _prefetcher;
    private readonly BlockCache? _cache;

    /// <summary>A reader over <paramref name="source"/>, which it disposes of.</summary>
    public ReadAheadReader(ObjectReader source, ZonalReaderOptions options, ReadContext context)
    {
        Source = source;
        if (options.Prefetch) _prefetcher = new Prefetcher(source, options, context.Budget, context.Counters);
        if (options.BlockCacheSize > 0)
            _cache = new BlockCache(ReadThroughAsync, source.Size, options.BlockCacheSize, context.Budget.OpenAccount());
    }

    /// <summary>The object itself, for reads that are planned.</summary>
    public ObjectReader Source { get; }

    /// <summary>Fills a buffer as far as the object goes.</summary>
    /// <param name="offset">First byte.</param>
    /// <param name="destination">Not written to any more when the task has ended.</param>
    /// <param name="progress">Counters to follow; null for none.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>Bytes read, and their CRC32C.</returns>
    public async ValueTask<(int Count, uint Crc32C)> ReadAsync(
        long offset, Memory<byte> destination, ZonalProgress? progress, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        if (offset > Source.Size) throw ReadErrors.OutOfRange(Source.Uri, $"byte {offset} of {Source.Size}");
        var length = (int)Math.Min(destination.Length, Source.Size - offset);
        if (length == 0) return default;
        cancellationToken.ThrowIfCancellationRequested();
        destination = destination[..length];
        var reading = _cache is null
            ? ReadThroughAsync(offset, destination, progress, cancellationToken)
            : _cache.ReadAsync(offset, destination, progress, cancellationToken);
        return (length, await reading.ConfigureAwait(false));
    }

    /// <summary>Reads a range into a new array; all of an object past read-ahead, compared with its checksum.</summary>
    public async Task<byte[]> ReadAsync(ByteRange range, ZonalProgress? progress, CancellationToken cancellationToken)
    {
        var (offset, length) = Source.Resolve(range);
        if (length == Source.Size) return await Source.ReadAsync(range, progress, cancellationToken).ConfigureAwait(false);
        if (length == 0) return [];
        var bytes = HugePages.AllocateArray((int)length);
        await ReadAsync(offset, bytes, progress, cancellationToken).ConfigureAwait(false);
        return bytes;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _prefetcher?.Dispose();
        Source.Dispose();
        _cache?.Dispose();
    }

    /// <summary>Closes it where nobody could be told of an error.</summary>
    public void DisposeQuietly()
    {
        try
        {
            Dispose();
        }
        catch (Exception e)
        {
            System.Diagnostics.Debug.Fail("A reader could not be closed.", e.ToString());
        }
    }

    private ValueTask<uint> ReadThroughAsync(
        long offset, Memory<byte> destination, ZonalProgress? progress, CancellationToken cancellationToken) =>
        _prefetcher?.ReadAsync(offset, destination, progress, cancellationToken)
        ?? new ValueTask<uint>(Source.FillAsync(offset, destination, progress, cancellationToken));
}
