namespace ZonalStorage.Reading;

/// <summary>One read that waits for its ranges: they succeed together or fail together.</summary>
/// <remarks>
/// The first failure, or the caller's cancellation, gives the other ranges up at once. The task ends when every range has
/// ended, so nothing writes to the destination afterwards; that does not wait for the network.
/// </remarks>
internal sealed class ReadOperation : IRangeOwner
{
    // Not on the receive thread: its next job is the next chunk. The hop is also what keeps waiting threads awake
    // (docs/performance.md, latency).
    private readonly TaskCompletionSource _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private RangeRead[] _ranges = [];
    private int _remaining = 1;
    private Exception? _error;

    /// <summary>Ends when every range has; fails with the first failure.</summary>
    public Task Completed => _completed.Task;

    /// <summary>Starts: adds the ranges to the pool.</summary>
    public void Start(MultiRangeDownloaderPool pool, RangeRead[] ranges)
    {
        _ranges = ranges;
        Interlocked.Add(ref _remaining, ranges.Length);
        // Those that have failed with another by now are not sent any more.
        pool.Add(ranges);
        Release();
    }

    /// <summary>Gives everything up.</summary>
    public void Cancel(Exception reason)
    {
        if (Interlocked.CompareExchange(ref _error, reason, comparand: null) is not null) return;
        foreach (var range in _ranges) range.Abandon(reason);
    }

    /// <inheritdoc/>
    public void OnRangeCompleted(RangeRead range, Exception? error)
    {
        if (error is not null && Volatile.Read(ref _error) is null)
        {
            if (_ranges.Length > 1) Cancel(error);
            else Interlocked.CompareExchange(ref _error, error, comparand: null);
        }

        Release();
    }

    private void Release()
    {
        if (Interlocked.Decrement(ref _remaining) > 0) return;
        if (_error is { } error) _completed.TrySetException(error);
        else _completed.TrySetResult();
    }
}
