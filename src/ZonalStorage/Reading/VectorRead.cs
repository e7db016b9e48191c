using ZonalStorage.Memory;

namespace ZonalStorage.Reading;

/// <summary>Many places of an object, read into one destination, where they follow one another in the order listed.</summary>
/// <remarks>
/// What follows one another in the object as well is one read. Two windows of reads are on their way at a time, so that memory
/// is bounded whatever their number; within one they are asked for in the order of the object.
/// </remarks>
internal sealed class VectorRead(ObjectReader reader, ZonalSessionOptions options, ZonalProgress? progress)
{
    private const int ReadsPerWindow = 20 * RangeLedger.RangesPerMessage;

    /// <summary>Fills the destination from its start; one failure fails all.</summary>
    /// <param name="extents">Inside the object.</param>
    /// <param name="destination">As long as all of them together, or longer; not written to any more once this has ended.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="ZonalException">As <see cref="ObjectReader.FillAsync"/>.</exception>
    public async Task RunAsync(IEnumerable<Extent> extents, Memory<byte> destination, CancellationToken cancellationToken)
    {
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var before = Task.CompletedTask;
        var current = Task.CompletedTask;
        try
        {
            foreach (var parts in Plan(extents).Chunk(ReadsPerWindow))
            {
                (before, current) = (current, ReadAsync(parts, destination, failed.Token));
                await before.ConfigureAwait(false);
            }

            await current.ConfigureAwait(false);
        }
        catch
        {
            // First: neither writes to the destination once this has ended, nor is waited for to its natural end.
            await failed.CancelAsync().ConfigureAwait(false);
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

    /// <summary>What is one read, and where in the destination its bytes belong.</summary>
    private IEnumerable<Part> Plan(IEnumerable<Extent> extents)
    {
        var position = 0;
        foreach (var extent in Join(extents))
        {
            foreach (var part in RangePlanner.Split(extent, options.Concurrency, options.MinimumPartSize))
                yield return new Part(part, position + (int)(part.Offset - extent.Offset));
            position += (int)extent.Length;
        }
    }

    private async Task ReadAsync(Part[] parts, Memory<byte> destination, CancellationToken cancellationToken)
    {
        Array.Sort(parts, static (a, b) => a.Extent.Offset.CompareTo(b.Extent.Offset));
        // Small pieces of a large destination are no more in the cache than a large one is.
        var isNonTemporal = destination.Length >= DirectMemmoveBuffer.NonTemporalLength;
        var operation = new ReadOperation();
        var reads = Array.ConvertAll(parts, p =>
        {
            var view = MemmoveView.Over(destination.Slice(p.Position, (int)p.Extent.Length), isNonTemporal);
            return new RangeRead(p.Extent.Offset, view, operation, progress);
        });
        await reader.RunAsync(operation, reads, cancellationToken).ConfigureAwait(false);
        if (Array.Find(reads, static r => r.Filled < r.Length) is { } cut) throw ReadErrors.Damaged(reader.Uri, cut, RangeFault.EndedShort);
    }

    private readonly record struct Part(Extent Extent, int Position);
}
