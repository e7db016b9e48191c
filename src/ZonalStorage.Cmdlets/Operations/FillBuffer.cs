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
            await sink.WriteAsync(await FillAsync(reader, ranges, buffer, counters));
        }
        finally
        {
            sink.Progress.End(counters);
        }
    });

    private async Task<int> FillAsync(
        ZonalObjectReader reader, IReadOnlyList<ByteRange> ranges, byte[] buffer, ZonalProgress counters)
    {
        var extents = ranges.Select(reader.Clamp).ToList();
        CheckRoom(extents.Sum(static e => e.Length), buffer);
        // The first failure stops the others; all have ended when this has.
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(sink.Stopping);
        var reads = new List<Task>(extents.Count);
        var position = 0;
        foreach (var (offset, length) in extents)
        {
            reads.Add(ReadAsync(offset, buffer.AsMemory(position, (int)length)));
            position += (int)length;
        }

        await Task.WhenAll(reads);
        return position;

        async Task ReadAsync(long offset, Memory<byte> place)
        {
            try
            {
                await reader.ReadAsync(offset, place, counters, failed.Token);
            }
            catch
            {
                await failed.CancelAsync();
                throw;
            }
        }
    }

    private static void CheckRoom(long bytes, byte[] buffer)
    {
        if (bytes > buffer.Length)
            throw new ArgumentException($"What is to be read has {bytes} bytes, the buffer of -Into only {buffer.Length}.");
    }
}
