using ZonalStorage.Memory;

namespace ZonalStorage.Reading;

/// <summary>Many places of an object, read into one destination, where they follow one another in the order listed.</summary>
/// <remarks>
/// What follows one another in the object as well is one read. Two windows of reads are on their way at a time, so that memory
/// is bounded whatever their number; within one they are asked for in the order of the object.
/// </remarks>
internal sealed class VectorRead(ZonalObjectReader reader, ZonalSessionOptions options, ZonalProgress? progress)
{
    private const int ReadsPerWindow = 20 * MultiRangeDownloader.RangesPerMessage;

    /// <summary>Fills the destination from its start; one failure fails all.</summary>
    /// <param name="extents">Inside the object.</param>
    /// <param name="destination">As long as all of them together, or longer; not written to any more once this has ended.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="ZonalException">As <see cref="ZonalObjectReader.ReadAsync(long, Memory{byte}, ZonalProgress?, CancellationToken)"/>.</exception>
    public async Task RunAsync(IEnumerable<Extent> extents, Memory<byte> destination, CancellationToken cancellationToken)
    {
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var before = Task.CompletedTask;
        var current = Task.CompletedTask;
        try
        {
            var position = 0;
            foreach (var parts in Join(extents).SelectMany(Split).Chunk(ReadsPerWindow))
            {
                (before, current) = (current, ReadAsync(parts, destination[position..], failed.Token));
                position += (int)parts.Sum(static p => p.Length);
                await before;
            }

            await current;
        }
        catch
        {
            // First: neither writes to the destination once this has ended, nor is waited for to its natural end.
            await failed.CancelAsync();
            await Task.WhenAll(before, current).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }

    private static IEnumerable<Extent> Join(IEnumerable<Extent> extents)
    {
        Extent joined = default;
        foreach (var extent in extents)
        {
            if (extent.Length == 0) continue;
            if (joined.Length > 0 && joined.End == extent.Offset)
            {
                joined = joined with { Length = joined.Length + extent.Length };
                continue;
            }

            if (joined.Length > 0) yield return joined;
            joined = extent;
        }

        if (joined.Length > 0) yield return joined;
    }

    private Extent[] Split(Extent extent) => RangePlanner.Split(extent, options.Concurrency, options.MinimumPartSize);

    private async Task ReadAsync(Extent[] parts, Memory<byte> destination, CancellationToken cancellationToken)
    {
        var operation = new ReadOperation();
        var reads = new RangeRead[parts.Length];
        var position = 0;
        for (var i = 0; i < parts.Length; i++)
        {
            var length = (int)parts[i].Length;
            var view = MemmoveView.Over(destination.Slice(position, length), length >= DirectMemmoveBuffer.StreamingLength);
            reads[i] = new RangeRead(parts[i].Offset, view, operation, progress);
            position += length;
        }

        Array.Sort(reads, static (a, b) => a.Offset.CompareTo(b.Offset));
        await reader.RunAsync(operation, reads, cancellationToken);
        if (Array.Find(reads, static r => r.Filled < r.Length) is { } cut) throw ReadErrors.Damaged(reader.Uri, cut, RangeStep.EndedShort);
    }
}
