namespace ZonalStorage.Cmdlets.Operations;

/// <summary>Reads one range into an array of the caller's.</summary>
internal sealed class FillBuffer(ZonalSession session, ISink sink)
{
    /// <summary>Fills <paramref name="buffer"/> from its start and writes how many bytes came.</summary>
    /// <param name="uri">The object.</param>
    /// <param name="range">What to read; without a length, as much as the buffer holds.</param>
    /// <param name="buffer">Written to until this ends, and never after.</param>
    public Task RunAsync(ZonalUri uri, ByteRange range, byte[] buffer) => sink.TryAsync(uri, async () =>
    {
        if (range.Length > buffer.Length)
        {
            throw new ArgumentException(
                $"The range has {range.Length} bytes, the buffer of -Into only {buffer.Length}.");
        }

        var counters = sink.Progress.Begin();
        try
        {
            await using var reader = await session.OpenAsync(uri, ZonalReaderOptions.Direct, sink.Stopping);
            var (offset, length) = Resolve(range with { Length = range.Length ?? buffer.Length }, reader);
            var count = await reader.ReadAsync(offset, buffer.AsMemory(0, (int)length), counters, sink.Stopping);
            await sink.WriteAsync(count);
        }
        finally
        {
            sink.Progress.End(counters);
        }
    });

    private static (long Offset, long Length) Resolve(ByteRange range, ZonalObjectReader reader)
    {
        try
        {
            return range.Resolve(reader.Size);
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw new ZonalException(
                ErrorIds.RangeOutOfBounds, ZonalStatusCode.OutOfRange,
                $"The range {range} starts after the object's end at {reader.Size}.",
                $"Choose an -Offset of {reader.Size} or less.", reader.Uri.ToString(), e);
        }
    }
}
