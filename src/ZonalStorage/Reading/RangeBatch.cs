using System.Runtime.CompilerServices;

namespace ZonalStorage.Reading;

/// <summary>Many ranges of one object in one go: results in the order asked, an error a range that fails.</summary>
internal sealed class RangeBatch(ReadClient client, ZonalSessionOptions options)
{
    // Ranges up to this length ride along unseen, before the object's size is known; longer ones would allocate for what may
    // not exist.
    private const int LargestBlindRange = 1 << 20;

    // Set aside for results that were not taken yet: enough to keep the link busy, whatever the number of ranges.
    private const long MaximumBytesAhead = 64 << 20;
    private const int MaximumRangesAhead = 2000;

    /// <summary>Reads.</summary>
    public async IAsyncEnumerable<ZonalRangeResult> ReadAsync(
        ZonalUri uri, IReadOnlyList<ByteRange> ranges, ZonalProgress? progress,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (ranges.Count == 0) yield break;
        var ahead = new Queue<Pending>();
        // Ranges that need no size go out with the message that opens the object.
        while (ahead.Count < Math.Min(ranges.Count, MultiRangeDownloader.RangesPerMessage)
            && ranges[ahead.Count] is { Offset: >= 0, Length: > 0 and <= LargestBlindRange } range)
        {
            ahead.Enqueue(new Pending(ahead.Count, new SingleRange(range.Offset, (int)range.Length.Value, progress)));
        }

        ZonalObjectReader? reader = null;
        ZonalException? failure = null;
        try
        {
            reader = await client.OpenAsync(uri, [.. ahead.Select(static p => p.Single!.Range)], cancellationToken);
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
        await using (reader)
        {
            try
            {
                var next = ahead.Count;
                var bytesAhead = ahead.Sum(static p => (long)p.Single!.Range.Length);
                while (ahead.Count > 0 || next < ranges.Count)
                {
                    while (next < ranges.Count && ahead.Count < MaximumRangesAhead && bytesAhead < MaximumBytesAhead)
                    {
                        var pending = Start(reader, next, ranges[next], progress, stop.Token);
                        bytesAhead += pending.Length;
                        ahead.Enqueue(pending);
                        next++;
                    }

                    var due = ahead.Dequeue();
                    bytesAhead -= due.Length;
                    yield return await FinishAsync(reader, due, ranges[due.Index], cancellationToken);
                }
            }
            finally
            {
                await stop.CancelAsync();
                foreach (var pending in ahead) pending.Single?.Range.Abandon(new OperationCanceledException(stop.Token));
            }
        }
    }

    private Pending Start(
        ZonalObjectReader reader, int index, ByteRange range, ZonalProgress? progress, CancellationToken stop)
    {
        try
        {
            var (offset, length) = reader.Resolve(range);
            if (length == 0) return new Pending(index, Single: null, Task.FromResult(Array.Empty<byte>())) { Offset = offset };
            if (length > options.MinimumPartSize)
            {
                return new Pending(index, Single: null, reader.ReadAsync(new ByteRange(offset, length), progress, stop))
                {
                    Offset = offset,
                    Length = length,
                };
            }

            var single = new SingleRange(offset, (int)length, progress);
            reader.Add(single.Range);
            return new Pending(index, single);
        }
        catch (Exception e) when (e is ZonalException or ArgumentException)
        {
            return new Pending(index, Single: null, Task.FromException<byte[]>(e));
        }
    }

    private static async Task<ZonalRangeResult> FinishAsync(
        ZonalObjectReader reader, Pending pending, ByteRange range, CancellationToken cancellationToken)
    {
        try
        {
            byte[] bytes;
            if (pending.Single is { } single)
            {
                using var registration = cancellationToken.UnsafeRegister(
                    static (r, token) => ((RangeRead)r!).Abandon(new OperationCanceledException(token)), single.Range);
                await single.Completed;
                bytes = single.Bytes;
            }
            else
            {
                bytes = await pending.Whole!;
            }

            return new ZonalRangeResult
            {
                Uri = reader.Uri,
                Range = range,
                Index = pending.Index,
                Offset = pending.Offset,
                Data = bytes,
                IsTruncated = range.Length > bytes.Length,
            };
        }
        catch (ZonalException e)
        {
            return new ZonalRangeResult { Uri = reader.Uri, Range = range, Index = pending.Index, Error = e };
        }
    }

    /// <summary>A range on its way: one that is asked for as it is, or a large one that is split.</summary>
    private sealed record Pending(int Index, SingleRange? Single, Task<byte[]>? Whole = null)
    {
        public long Offset { get; init; } = Single?.Range.Offset ?? 0;

        public long Length { get; init; } = Single?.Range.Length ?? 0;
    }
}
