using System.Runtime.CompilerServices;
using ZonalStorage.Memory;

namespace ZonalStorage.Reading;

/// <summary>Many ranges of one object in one go: results in the order asked, an error per range that fails.</summary>
/// <remarks>
/// Ranges go out window by window, two at a time, so that the link does not run dry while results are taken and memory is
/// bounded whatever their number. Within a window they are sorted, and those that lie close together are one read.
/// </remarks>
internal sealed class RangeBatch(ReadClient client, ReadContext context)
{
    // Ranges up to this length ride along unseen, before the object's size is known; longer ones would allocate for what may
    // not exist.
    private const int LargestBlindRange = 1 << 20;

    // A window is ten messages, or as many bytes as keep a fast link busy while the window before is taken.
    private const int RangesPerWindow = 10 * RangeLedger.RangesPerMessage;
    private const long BytesPerWindow = 32 << 20;

    // Larger reads would rather be split than joined.
    private const long MostCoalesced = 1 << 20;

    // Two are on their way, and the results of one are being taken.
    private const int WindowsPerBudget = 4;

    private long WindowBytes => Math.Min(BytesPerWindow, context.Budget.Limit / WindowsPerBudget);

    /// <summary>Reads.</summary>
    public async IAsyncEnumerable<ZonalRangeResult> ReadAsync(
        ZonalUri uri, IReadOnlyList<ByteRange> ranges, ZonalProgress? progress,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (ranges.Count == 0) yield break;
        using var account = context.Budget.OpenAccount();
        var current = MakeBlindWindow(ranges, account, progress);
        RangeWindow? ahead = null;
        ObjectReader? reader = null;
        ZonalException? failure = null;
        // Cancels what is ahead if the caller stops enumerating.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            try
            {
                reader = await client.OpenAsync(uri, current.Ranges, cancellationToken).ConfigureAwait(false);
            }
            catch (ZonalException e)
            {
                failure = e;
            }

            if (reader is null)
            {
                for (var i = 0; i < ranges.Count; i++)
                    yield return new ZonalRangeResult { Uri = uri, Range = ranges[i], Index = i, Error = failure };
                yield break;
            }

            var next = current.Count;
            while (current is not null)
            {
                ahead = TryStart(reader, ranges, ref next, account, isWaitedFor: false, progress, stop.Token);
                for (var i = 0; i < current.Count; i++)
                {
                    await current.WaitAsync(i, cancellationToken).ConfigureAwait(false);
                    yield return current[i].IsReadApart
                        ? await current[i].ToResultAsync(reader.Uri).ConfigureAwait(false)
                        : current[i].ToResult(reader.Uri);
                }

                current.Dispose();
                current = ahead;
                ahead = null;
                current ??= TryStart(reader, ranges, ref next, account, isWaitedFor: true, progress, stop.Token);
            }
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            var reason = new OperationCanceledException(stop.Token);
            current?.Abandon(reason);
            ahead?.Abandon(reason);
            reader?.Dispose();
        }
    }

    /// <summary>Asks for the next window, if there is one, and memory for it unless it is waited for.</summary>
    private RangeWindow? TryStart(
        ObjectReader reader, IReadOnlyList<ByteRange> ranges, ref int next, MemoryAccount account, bool isWaitedFor,
        ZonalProgress? progress, CancellationToken stop)
    {
        if (next == ranges.Count) return null;
        var (count, bytes) = Measure(reader, ranges, next);
        var reservation = isWaitedFor ? account.Reserve(bytes) : account.TryReserve(bytes);
        if (reservation is null) return null;
        var slots = new RangeSlot[count];
        for (var i = 0; i < count; i++) slots[i] = MakeSlot(reader, next + i, ranges[next + i], progress, stop);
        var window = new RangeWindow(
            slots, context.Options.CoalesceGap, MostCoalesced, reservation, context.Options.Time, progress);
        next += count;
        reader.Add(window.Ranges);
        return window;
    }

    /// <summary>Ranges that need no size go out with the message that opens the object.</summary>
    private RangeWindow MakeBlindWindow(IReadOnlyList<ByteRange> ranges, MemoryAccount account, ZonalProgress? progress)
    {
        var slots = new List<RangeSlot>();
        long bytes = 0;
        while (slots.Count < Math.Min(ranges.Count, RangeLedger.RangesPerMessage)
            && ranges[slots.Count] is
            {
                Offset: >= 0 and <= ReadClient.LargestBlindOffset, Length: > 0 and <= LargestBlindRange and var length,
            } range
            && (slots.Count == 0 || bytes + length <= WindowBytes))
        {
            slots.Add(new RangeSlot(slots.Count, range, range.Offset, (int)length));
            bytes += length;
        }

        // A range behind the end fails the read that it is part of: so none is joined before the end is known.
        return new RangeWindow(
            [.. slots], gap: -1, MostCoalesced, account.Reserve(bytes), context.Options.Time, progress);
    }

    /// <summary>How many ranges make the next window, and the bytes of their results.</summary>
    private (int Count, long Bytes) Measure(ObjectReader reader, IReadOnlyList<ByteRange> ranges, int next)
    {
        var (count, bytes) = (0, 0L);
        for (; count < RangesPerWindow && next + count < ranges.Count; count++)
        {
            var range = ranges[next + count];
            // One that begins behind the end is an error, and needs no memory.
            var length = range.Offset > reader.Size || range.Length < 0 ? 0 : range.Resolve(reader.Size).Length;
            if (count > 0 && bytes + length > WindowBytes) break;
            bytes += length;
        }

        return (count, bytes);
    }

    private RangeSlot MakeSlot(ObjectReader reader, int index, ByteRange range, ZonalProgress? progress, CancellationToken stop)
    {
        try
        {
            var extent = reader.Resolve(range);
            var slot = new RangeSlot(index, range, extent.Offset, (int)extent.Length);
            if (extent.Length == 0) slot.Fill([], extent.Offset, filled: 0, isShared: false);
            else if (extent.Length > context.Options.MinimumPartSize)
                slot.ReadApart(reader.ReadAsync(new ByteRange(extent.Offset, extent.Length), progress, stop));
            return slot;
        }
        catch (Exception e) when (e is ZonalException or ArgumentException)
        {
            var slot = new RangeSlot(index, range, offset: -1, length: 0);
            slot.Fail(e);
            return slot;
        }
    }
}
