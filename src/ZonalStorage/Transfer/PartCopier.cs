using ZonalStorage.Memory;
using ZonalStorage.Reading;

namespace ZonalStorage.Transfer;

/// <summary>Brings the parts that are missing: each is read into a staging block, written at its place, and noted.</summary>
/// <remarks>
/// Several parts are asked for at a time, see <see cref="PartWindow"/>; a part is written as soon as it is there. Staging
/// blocks come from the session's budget and go back after each part: one part at a time always gets one, the others as long
/// as there is room, whenever that is.
/// </remarks>
internal sealed class PartCopier(
    ObjectReader reader, PartialFile file, PartTable parts, PartJournal? journal, MemoryAccount memory,
    ZonalProgress? progress)
{
    private static long PartMemory => BlockPool.SizeOf(PartTable.PartSize);

    /// <summary>Brings everything; the first failure stops all.</summary>
    /// <param name="streams">Streams that it should be brought by where one does not suffice.</param>
    /// <param name="slots">Parts at most that are asked for at a time.</param>
    /// <param name="head">A part that is on its way already; null for none.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task RunAsync(int streams, int slots, OwnedRange? head, CancellationToken cancellationToken)
    {
        if (slots == 0)
        {
            // As small objects have it: nothing to keep in step.
            if (head is not null) await FinishAsync(head, cancellationToken).ConfigureAwait(false);
            return;
        }

        using var window = new PartWindow(start: 4 * streams, slots, mostWaiting: streams);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = new List<Task>(slots + 1);
        if (head is not null) running.Add(StopOnFailureAsync(FinishAsync(head, stop.Token), stop));
        for (var i = 0; i < slots; i++) running.Add(StopOnFailureAsync(RunSlotAsync(window, stop.Token), stop));
        try
        {
            await Task.WhenAll(running).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw running.First(static s => s.IsFaulted).Exception!.InnerException!;
        }
    }

    private static async Task StopOnFailureAsync(Task slot, CancellationTokenSource stop)
    {
        try
        {
            await slot.ConfigureAwait(false);
        }
        catch
        {
            await stop.CancelAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task FinishAsync(OwnedRange head, CancellationToken stop)
    {
        if (!parts.TryTake(out var part)) return;
        await head.WaitAsync(parts.LengthOf(part), reader.Uri, stop).ConfigureAwait(false);
        await WriteAsync(part, head, stop).ConfigureAwait(false);
    }

    private async Task RunSlotAsync(PartWindow window, CancellationToken stop)
    {
        do
        {
            await window.EnterAsync(stop).ConfigureAwait(false);
            if (progress is not null) progress.Streams = reader.StreamCount;
        }
        while (await TryBringAsync(window, stop).ConfigureAwait(false));
    }

    /// <summary>Brings one part, if there is memory for it.</summary>
    /// <returns>False if no part is left.</returns>
    private async Task<bool> TryBringAsync(PartWindow window, CancellationToken stop)
    {
        using var reservation = memory.TryReserve(PartMemory) ?? (window.TryClose() ? null : memory.Reserve(PartMemory));
        if (reservation is null) return true;
        if (!parts.TryTake(out var part))
        {
            // To whoever waits: it has to see the end, too.
            window.Leave();
            return false;
        }

        var length = parts.LengthOf(part);
        var range = new OwnedRange(
            parts.Extent.Offset + PartTable.OffsetOf(part), new LazyBlock(reservation, length), progress);
        try
        {
            reader.Add([range.Range]);
            await range.WaitAsync(length, reader.Uri, stop).ConfigureAwait(false);
            window.OnReceived();
            await WriteAsync(part, range, stop).ConfigureAwait(false);
        }
        finally
        {
            range.Range.Abandon(ReadErrors.Closed());
            range.Release();
        }

        // The block went back before the next part is let in, which may want it.
        window.OnWritten();
        return true;
    }

    private ValueTask WriteAsync(int part, OwnedRange range, CancellationToken stop)
    {
        var crc = range.Crc32C;
        return file.WriteAsync(
            range.Bytes,
            PartTable.OffsetOf(part),
            () =>
            {
                parts.Complete(part, crc);
                journal?.Append(part, crc);
            },
            stop);
    }
}
