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
    /// <summary>Brings everything; the first failure stops all.</summary>
    /// <param name="streams">Streams that it should be brought by where one does not suffice.</param>
    /// <param name="slots">Parts at most that are asked for at a time.</param>
    /// <param name="head">A part that is on its way already; null for none.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task RunAsync(int streams, int slots, HeadPart? head, CancellationToken cancellationToken)
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

    private async Task FinishAsync(HeadPart head, CancellationToken stop)
    {
        if (!parts.TryTake(out var part)) return;
        var crc = await head.FinishAsync(parts.LengthOf(part), reader.Uri, stop).ConfigureAwait(false);
        await WriteAsync(part, head.Bytes, crc, stop).ConfigureAwait(false);
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
        using var block = memory.TryRentLate(PartTable.PartSize) ?? (window.TryClose() ? null : memory.RentLate(PartTable.PartSize));
        if (block is null) return true;
        if (!parts.TryTake(out var part))
        {
            // To whoever waits: it has to see the end, too.
            window.Leave();
            return false;
        }

        var length = parts.LengthOf(part);
        var crc = await reader.FillPartAsync(parts.Extent.Offset + PartTable.OffsetOf(part), block, length, progress, stop).ConfigureAwait(false);
        window.OnReceived();
        await WriteAsync(part, block.Bind()[..length], crc, stop).ConfigureAwait(false);
        // Given back before the next part is let in, which may want it.
        block.Dispose();
        window.OnWritten();
        return true;
    }

    private ValueTask WriteAsync(int part, ReadOnlyMemory<byte> bytes, uint crc, CancellationToken stop) =>
        file.WriteAsync(
            bytes,
            PartTable.OffsetOf(part),
            () =>
            {
                parts.Complete(part, crc);
                journal?.Append(part, crc);
            },
            stop);
}
