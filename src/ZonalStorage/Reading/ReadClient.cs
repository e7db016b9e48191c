using ZonalStorage.Memory;

namespace ZonalStorage.Reading;

/// <summary>Opens objects and reads them: what a session does about content.</summary>
internal sealed class ReadClient : IDisposable
{
    // What is asked for in the message that opens the stream, before the size is known: a small object then takes one round
    // trip in all, and of a larger one no more than this is read apart.
    private const int HeadLength = 1 << 20;

    private readonly ReadContext _context;
    private readonly MultiRangeDownloaderCache _cache;
    private readonly MetadataClient _metadata;

    public ReadClient(ReadContext context, MetadataClient metadata)
    {
        _context = context;
        _metadata = metadata;
        _cache = new MultiRangeDownloaderCache(context.Options.IdleStreamTimeout);
    }

    /// <summary>See <see cref="ZonalSession.ReadAsync"/>.</summary>
    public async Task<byte[]> ReadAsync(
        ZonalUri uri, ByteRange range, ZonalProgress? progress, CancellationToken cancellationToken)
    {
        var head = range.Offset < 0 || range.Length == 0
            ? null
            : new SingleRange(range.Offset, (int)Math.Min(range.Length ?? HeadLength, HeadLength), progress);
        ObjectReader reader;
        try
        {
            reader = await OpenAsync(uri, head is null ? [] : [head.Range], cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            head?.Range.Abandon(ReadErrors.Closed());
            throw;
        }

        using (reader)
        {
            var (offset, length) = reader.Resolve(range);
            if (progress is not null) progress.TotalBytes = length;
            if (length == 0 || head is null)
            {
                head?.Range.Abandon(ReadErrors.Closed());
                return await reader.ReadAsync(range, progress, cancellationToken).ConfigureAwait(false);
            }

            if (progress is not null) progress.Streams = reader.StreamCount;
            if (length <= head.Range.Length)
            {
                var small = await FinishHeadAsync(head, length, reader.Uri, cancellationToken).ConfigureAwait(false);
                reader.CheckWhole(offset, length, head.Range.Crc32C ?? Crc32C.Compute(small));
                return small;
            }

            var bytes = HugePages.AllocateArray((int)length);
            var rest = reader.FillAsync(
                offset + head.Range.Length, bytes.AsMemory(head.Range.Length), progress, cancellationToken);
            uint restCrc;
            try
            {
                (await FinishHeadAsync(head, head.Range.Length, reader.Uri, cancellationToken).ConfigureAwait(false)).CopyTo(bytes, 0);
            }
            finally
            {
                // The array stays ours until nothing writes to it any more.
                restCrc = await rest.ConfigureAwait(false);
            }

            var headCrc = head.Range.Crc32C ?? Crc32C.Compute(bytes.AsSpan(0, head.Range.Length));
            reader.CheckWhole(offset, length, Crc32C.Combine(headCrc, restCrc, length - head.Range.Length));
            return bytes;
        }
    }

    /// <summary>Opens, with first ranges riding in the same message; says which of object and bucket is missing if one is.</summary>
    public async Task<ObjectReader> OpenAsync(
        ZonalUri uri, IReadOnlyList<RangeRead> first, CancellationToken cancellationToken)
    {
        if (uri.IsBucket) throw new ArgumentException($"'{uri}' names a bucket, not an object.", nameof(uri));
        var pool = new MultiRangeDownloaderPool(_context, _cache, uri);
        try
        {
            return new ObjectReader(_context, pool, await pool.OpenAsync(first, cancellationToken).ConfigureAwait(false));
        }
        catch (ZonalException e)
        {
            pool.Close(keep: false);
            throw await _metadata.ExplainAsync(e, uri, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            pool.Close(keep: false);
            throw;
        }
    }

    public void Dispose() => _cache.Dispose();

    private static async Task<byte[]> FinishHeadAsync(
        SingleRange head, long length, ZonalUri uri, CancellationToken cancellationToken)
    {
        using var registration = cancellationToken.UnsafeRegister(
            static (r, token) => ((RangeRead)r!).Abandon(new OperationCanceledException(token)), head.Range);
        await head.Completed.ConfigureAwait(false);
        var bytes = head.Bytes;
        return bytes.Length == length ? bytes : throw ReadErrors.Short(uri, bytes.Length, length);
    }
}
