namespace ZonalStorage.Cmdlets.Operations;

/// <summary>Reads ranges of one object into an array of the caller's, one after another.</summary>
internal sealed class FillBuffer(ZonalSession session, ISink sink)
{
    /// <summary>Fills <paramref name="buffer"/> from its start and writes how many bytes came.</summary>
    /// <param name="uri">The object.</param>
    /// <param name="ranges">What to read; a single one without a length reads as much as the buffer holds.</param>
    /// <param name="buffer">Written to until this ends, and never after.</param>
    public Task RunAsync(ZonalUri uri, IReadOnlyList<ByteRange> ranges, byte[] buffer) => sink.TryAsync(uri, async () =>
    {
        if (ranges is [{ Length: null } open]) ranges = [open with { Length = buffer.Length }];
        // Before anything is asked for, where lengths are known.
        CheckRoom(ranges.Sum(static r => r.Length ?? 0), buffer);
        var counters = sink.Progress.Begin();
        try
        {
            await using var reader = await session.OpenAsync(uri, ZonalReaderOptions.Direct, sink.Stopping);
            CheckRoom(ranges.Sum(r => reader.Clamp(r).Length), buffer);
            await sink.WriteAsync(await reader.ReadAsync(ranges, buffer, counters, sink.Stopping));
        }
        finally
        {
            sink.Progress.End(counters);
        }
    });

    private static void CheckRoom(long bytes, byte[] buffer)
    {
        if (bytes > buffer.Length)
            throw new ArgumentException($"What is to be read has {bytes} bytes, the buffer of -Into only {buffer.Length}.");
    }
}
