namespace ZonalStorage.Cmdlets.Operations;

/// <summary>Sends an object down the pipeline in chunks, reading ahead no more than the session's memory budget holds.</summary>
/// <remarks>A chunk is sent when it is there, and the next is not begun before the pipeline has taken it.</remarks>
internal sealed class ChunkWriter(ZonalSession session, ISink sink, ContentShape.Chunks shape)
{
    // A scan is announced by asking for chunks: the first read is followed at once.
    private static readonly ZonalReaderOptions _options = new() { PrefetchTrigger = 1 };

    /// <summary>Sends the slice of an object.</summary>
    public async Task RunAsync(ZonalUri uri, ByteRange range, ZonalProgress counters)
    {
        await using var reader = await session.OpenAsync(uri, _options, sink.Stopping);
        var (offset, length) = reader.Clamp(range);
        counters.TotalBytes = length;
        byte[]? chunk = null;
        for (long sent = 0; sent < length; sent += chunk.Length)
        {
            var size = (int)Math.Min(shape.Size, length - sent);
            if (!shape.ReuseBuffer || chunk?.Length != size) chunk = GC.AllocateUninitializedArray<byte>(size);
            await reader.ReadAsync(offset + sent, chunk, counters, sink.Stopping);
            counters.Streams = reader.StreamCount;
            await sink.WriteAsync(chunk);
        }
    }
}
