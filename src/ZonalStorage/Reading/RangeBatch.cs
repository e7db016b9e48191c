using System.Runtime.CompilerServices;
using ZonalStorage.Memory;

namespace ZonalStorage.Reading;

/// <summary>Many ranges of one object in one go: results in the order asked, an error a range that fails.</summary>
/// <remarks>
/// Ranges go out window by window, two at a time, so that the link does not run dry while results are taken and memory is
/// bounded whatever their number. Within a window they are sorted, and those that lie close together are one read.
/// </remarks>
internal sealed class RangeBatch(ReadClient client, ZonalSessionOptions options, MemoryBudget budget)
{
    // Ranges up to this length ride along unseen, before the object's size is known; longer ones would allocate for what may
    // not exist.
    private const int LargestBlindRange = 1 << 20;

    // A window is ten messages, or as many bytes as keep a fast link busy while the window before is taken.
    private const int RangesPerWindow = 10 * MultiRangeDownloader.RangesPerMessage;
    private const long BytesPerWindow = 32 << 20;

    // Larger reads would rather be split than joined.
    private const long MostCoalesced = 1 << 20;

    /// <summary>Reads.</summary>
    public async IAsyncEnumerable<ZonalRangeResult> ReadAsync(
        ZonalUri uri, IReadOnlyList<ByteRange> ranges, ZonalProgress? progress,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (ranges.Count == 0) yield break;
        using var first = MakeBlindWindow(ranges, progress);
        ObjectReader? reader = null;
        ZonalException? failure = null;
        try
        {
            reader = await client.OpenAsync(uri, first.Ranges, cancellationToken).ConfigureAwait(false);
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

        // Cancels what is ahead if the caller stops enumerating.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var account = budget.OpenAccount();
        using (reader)
        {
            account.Reserve(first.Reserved = first.Bytes);
            RangeWindow? current = first;
            RangeWindow? ahead = null;
            var next = first.Count;
            try
            {
                while (current is not null)
                {
                    ahead = TryStart(isWaitedFor: false);
                    for (var i = 0; i < current.Count; i++)
                    {
                        await current.WaitAsync(i, cancellationToken).ConfigureAwait(false);
                        yield return current[i].IsReadApart
                            ? await current[i].ToResultAsync(reader.Uri).ConfigureAwait(false)
                            : current[i].ToResult(reader.Uri);
                    }

                    account.Release(current.Reserved);
                    current.Dispose();
                    (current, ahead) = (ahead ?? TryStart(isWaitedFor: true), null);
                }
            }
            finally
            {
                await stop.CancelAsync().ConfigureAwait(false);
                var reason = new OperationCanceledException(stop.Token);
                foreach (var window in new[] { current, ahead })
                {
                    if (window is null) continue;
                    window.Abandon(reason);
                    window.Dispose();
                    account.Release(window.Reserved);
                }
            }

            RangeWindow? TryStart(bool isWaitedFor)
            {
                if (next == ranges.Count) return null;
                var (count, bytes) = Measure(ranges, next);
                if (isWaitedFor) account.Reserve(bytes);
                else if (!account.TryReserve(bytes)) return null;
                var window = MakeWindow(reader, ranges, next, count, progress, stop.Token);
                window.Reserved = bytes;
                next += count;
                reader.Add(window.Ranges);
                return window;
            }
        }
    }

    /// <summary>Ranges that need no size go out with the message that opens the object.</summary>
    private RangeWindow MakeBlindWindow(IReadOnlyList<ByteRange> ranges, ZonalProgress? progress)
    {
        var slots = new List<RangeSlot>();
        while (slots.Count < Math.Min(ranges.Count, MultiRangeDownloader.RangesPerMessage)
            && ranges[slots.Count] is { Offset: >= 0, Length: > 0 and <= LargestBlindRange } range)
        {
            slots.Add(new RangeSlot(slots.Count, range, range.Offset, (int)range.Length.Value));
        }

        // A range behind the end fails the read that it is part of: so none is joined before the end is known.
        return new RangeWindow([.. slots], gap: -1, MostCoalesced, progress);
    }

    /// <summary>How many ranges make the next window, and the bytes to set aside for them, as far as can be told.</summary>
    private (int Count, long Bytes) Measure(IReadOnlyList<ByteRange> ranges, int next)
    {
        var (count, bytes) = (0, 0L);
        while (count < RangesPerWindow && bytes < BytesPerWindow && next + count < ranges.Count)
            bytes += Math.Min(ranges[next + count++].Length ?? long.MaxValue, options.MinimumPartSize);
        return (count, bytes);
    }

    private RangeWindow MakeWindow(
        ObjectReader reader, IReadOnlyList<ByteRange> ranges, int next, int count, ZonalProgress? progress,
        CancellationToken stop)
    {
        var slots = new RangeSlot[count];
        for (var i = 0; i < count; i++) slots[i] = MakeSlot(reader, next + i, ranges[next + i], progress, stop);
        return new RangeWindow(slots, options.CoalesceGap, MostCoalesced, progress);
    }

    private RangeSlot MakeSlot(
        ObjectReader reader, int index, ByteRange range, ZonalProgress? progress, CancellationToken stop)
    {
        try
        {
            var (offset, length) = reader.Resolve(range);
            var slot = new RangeSlot(index, range, offset, (int)length);
            if (length == 0) slot.Fill([], offset, filled: 0);
            else if (length > options.MinimumPartSize) slot.ReadApart(reader.ReadAsync(new ByteRange(offset, length), progress, stop));
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
