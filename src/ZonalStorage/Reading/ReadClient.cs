using ZonalStorage.Memory;

namespace ZonalStorage.Reading;

/// <summary>Opens objects and reads them: what a session does about content.</summary>
internal sealed class ReadClient(ReadContext context, MetadataClient metadata)
{
    // What is asked for in the message that opens the stream, before the size is known: a small object then takes one round
    // trip in all, and of a larger one no more than this is read apart.
    private const int HeadLength = 1 << 20;

    /// <summary>The largest offset that is asked for before the size is known: no object is larger (see <see cref="Extent"/>).</summary>
    public const long LargestBlindOffset = 1L << 60;

    /// <summary>See <see cref="ZonalSession.ReadAsync"/>.</summary>
    public async Task<byte[]> ReadAsync(
        ZonalUri uri, ByteRange range, ZonalProgress? progress, CancellationToken cancellationToken)
    {
        if (range is not { Offset: >= 0 and <= LargestBlindOffset, Length: null or > 0 })
        {
            using var planned = await OpenAsync(uri, [], cancellationToken).ConfigureAwait(false);
            if (progress is not null) progress.TotalBytes = planned.Resolve(range).Length;
            return await planned.ReadAsync(range, progress, cancellationToken).ConfigureAwait(false);
        }

        var array = new LazyArray((int)Math.Min(range.Length ?? HeadLength, HeadLength), whole: range.Length);
        var head = new OwnedRange(range.Offset, array, progress);
        try
        {
            using var reader = await OpenAsync(uri, [head.Range], cancellationToken).ConfigureAwait(false);
            var extent = reader.Resolve(range);
            if (progress is not null) (progress.TotalBytes, progress.Streams) = (extent.Length, reader.StreamCount);
            if (extent.Length == 0) return [];
            if (extent.Length > head.Length)
                return await ReadBehindAsync(reader, head, array, extent, progress, cancellationToken).ConfigureAwait(false);
            await head.WaitAsync((int)extent.Length, reader.Uri, cancellationToken).ConfigureAwait(false);
            reader.CheckWhole(extent, head.Crc32C);
            return array.Bytes!;
        }
        finally
        {
            head.Range.Abandon(ReadErrors.Closed());
            head.Release();
        }
    }

    /// <summary>Opens, with first ranges riding in the same message; says which of object and bucket is missing if one is.</summary>
    public async Task<ObjectReader> OpenAsync(
        ZonalUri uri, IReadOnlyList<RangeRead> first, CancellationToken cancellationToken)
    {
        if (uri.IsBucket) throw new ArgumentException($"'{uri}' names a bucket, not an object.", nameof(uri));
        try
        {
            return new ObjectReader(context, await context.Pools.OpenAsync(uri, first, cancellationToken).ConfigureAwait(false));
        }
        catch (ZonalException e)
        {
            throw await metadata.ExplainAsync(e, uri, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Reads what is behind the head to its place beside it. The first failure of either ends both.</summary>
    private static async Task<byte[]> ReadBehindAsync(
        ObjectReader reader, OwnedRange head, LazyArray array, Extent extent, ZonalProgress? progress,
        CancellationToken cancellationToken)
    {
        array.Bind(extent.Length);
        var bytes = array.Bytes!;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var rest = reader.FillAsync(extent.Offset + head.Length, bytes.AsMemory(head.Length), progress, stop.Token);
        try
        {
            if (await Task.WhenAny(rest, head.Completed).ConfigureAwait(false) == rest)
                await rest.ConfigureAwait(false);
            await head.WaitAsync(head.Length, reader.Uri, cancellationToken).ConfigureAwait(false);
            var crc = Crc32C.Combine(head.Crc32C, await rest.ConfigureAwait(false), extent.Length - head.Length);
            reader.CheckWhole(extent, crc);
            return bytes;
        }
        catch
        {
            // The array stays ours until nothing writes to it any more.
            await stop.CancelAsync().ConfigureAwait(false);
            await ((Task)rest).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }
}
