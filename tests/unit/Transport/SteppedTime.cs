using Microsoft.Extensions.Time.Testing;

namespace ZonalStorage.Tests.Transport;

/// <summary>A clock that stands still until it is moved, and tells when somebody begins to wait for it.</summary>
internal sealed class SteppedTime : FakeTimeProvider
{
    private readonly object _gate = new();
    private readonly List<TimeSpan> _timers = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        TaskCompletionSource changed;
        lock (_gate)
        {
            _timers.Add(dueTime);
            (changed, _changed) = (_changed, new(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        changed.SetResult();
        return timer;
    }

    /// <summary>Ends once as many timers of that length were made.</summary>
    public async Task WaitForTimerAsync(Func<TimeSpan, bool> isWanted, CancellationToken stop, int count = 1)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (_timers.Count(isWanted) >= count) return;
                changed = _changed.Task;
            }

            await changed.WaitAsync(stop);
        }
    }

    /// <summary>Lets so much time pass once somebody waits for exactly as much.</summary>
    public async Task PassAsync(TimeSpan time, CancellationToken stop, int count = 1)
    {
        await WaitForTimerAsync(t => t == time, stop, count);
        Advance(time);
    }
}
