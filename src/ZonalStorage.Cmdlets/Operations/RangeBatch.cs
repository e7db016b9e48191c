namespace ZonalStorage.Cmdlets.Operations;

/// <summary>Ranges that are read together, grouped by object, while their results are handed on one by one.</summary>
internal sealed class RangeBatch
{
    private readonly IReadOnlyList<RangeRequest> _requests;
    private readonly TaskCompletionSource<ZonalRangeResult>[] _slots;

    private RangeBatch(IReadOnlyList<RangeRequest> requests)
    {
        _requests = requests;
        _slots = new TaskCompletionSource<ZonalRangeResult>[requests.Count];
        // Asynchronous continuations: whoever hands results on must not hold up the engine's enumeration.
        for (var i = 0; i < _slots.Length; i++) _slots[i] = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>Ranges in the batch.</summary>
    public int Count => _slots.Length;

    /// <summary>Ends when nothing of the batch runs any more.</summary>
    public Task Ended { get; private set; } = Task.CompletedTask;

    /// <summary>The result of a range; faults or is cancelled when its object's read was.</summary>
    public Task<ZonalRangeResult> this[int index] => _slots[index].Task;

    /// <summary>The range that was asked for.</summary>
    public RangeRequest Request(int index) => _requests[index];

    /// <summary>Begins to read.</summary>
    public static RangeBatch Start(
        ZonalSession session, IReadOnlyList<RangeRequest> requests, TransferProgress progress, CancellationToken stopping)
    {
        var batch = new RangeBatch(requests);
        var groups = Enumerable.Range(0, requests.Count).GroupBy(i => requests[i].Uri);
        batch.Ended = Task.WhenAll(groups.Select(group => batch.ReadAsync(session, group.Key, [.. group], progress, stopping)));
        return batch;
    }

    private async Task ReadAsync(
        ZonalSession session, ZonalUri uri, int[] indexes, TransferProgress progress, CancellationToken stopping)
    {
        // Off the caller's thread, so that the objects of a batch start together.
        await Task.Yield();
        var counters = progress.Begin();
        try
        {
            var ranges = Array.ConvertAll(indexes, i => _requests[i].Range);
            await foreach (var result in session.ReadRangesAsync(uri, ranges, counters, stopping))
                _slots[indexes[result.Index]].TrySetResult(result);
            foreach (var i in indexes.Where(i => !_slots[i].Task.IsCompleted)) _slots[i].TrySetException(Missing(uri));
        }
        catch (OperationCanceledException e)
        {
            foreach (var i in indexes) _slots[i].TrySetCanceled(e.CancellationToken);
        }
        catch (Exception e)
        {
            foreach (var i in indexes) _slots[i].TrySetException(e);
        }
        finally
        {
            progress.End(counters);
        }
    }

    // The engine promises one result a range. Were it to break that, no range may stay silent.
    private static ZonalException Missing(ZonalUri uri) => new(
        ErrorIds.UnexpectedFailure, ZonalStatusCode.Internal, "A range got no answer.", target: uri.ToString());
}
