using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace ZonalStorage.Cmdlets.Pipeline;

/// <summary>Carries calls from worker threads to the one thread that may talk to PowerShell.</summary>
/// <remarks>
/// <para>
/// Workers call <see cref="PostAsync{T}"/> from any thread and await it. The pipeline thread calls
/// <see cref="RunUntil"/>, <see cref="RunReady"/> and <see cref="Close"/>, never two of them at once. The queue needs no
/// bound of its own: a worker awaits its call before it posts the next but one, so it holds two calls per worker at most.
/// </para>
/// <para>
/// A call that throws (a stopped pipeline, <c>Select-Object -First</c>, an error downstream, a native command that went
/// away) ends everything: the work is cancelled, calls posted from then on are refused, the work is waited for, and
/// the same exception is thrown again where it came from. PowerShell never learns of that exception otherwise.
/// </para>
/// </remarks>
internal sealed class PipelinePump(CancellationTokenSource stop)
{
    // How long work that was cancelled may take to end. It ends within milliseconds; the bound is there so that a fault
    // in it can cost a prompt ten seconds, but never a hung terminal.
    private static readonly TimeSpan _abandonAfter = TimeSpan.FromSeconds(10);

    private readonly object _gate = new();
    private readonly Queue<PumpCall> _calls = new();
    private ExceptionDispatchInfo? _failure;
    private bool _closed;

    /// <summary>Runs on the pipeline thread between calls and at every <see cref="TickInterval"/>; null for none.</summary>
    public Action? Tick { get; set; }

    /// <summary>Longest time between two ticks; infinite costs nothing at all.</summary>
    public TimeSpan TickInterval { get; set; } = Timeout.InfiniteTimeSpan;

    /// <summary>True once a call threw: what <see cref="RunUntil"/> throws then is PowerShell's own.</summary>
    public bool HasFailed => _failure is not null;

    /// <summary>Has the pipeline thread make a call, and waits for its result without holding a thread.</summary>
    /// <exception cref="OperationCanceledException">The pipeline wants no more.</exception>
    public Task<T> PostAsync<T>(Func<T> call)
    {
        var posted = new PumpCall<T>(call);
        lock (_gate)
        {
            if (_closed || _failure is not null)
                return Task.FromCanceled<T>(stop.IsCancellationRequested ? stop.Token : new CancellationToken(true));
            _calls.Enqueue(posted);
            Monitor.Pulse(_gate);
        }

        return posted.Task;
    }

    /// <summary>Makes posted calls until <paramref name="work"/> has ended, then throws what it, or a call, threw.</summary>
    public void RunUntil(Task work)
    {
        // Runs inline on the thread that ends the work: it only takes the lock and pulses.
        _ = work.ContinueWith(
            static (_, pump) => ((PipelinePump)pump!).Wake(), this, CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        long cancelledAt = 0;
        while (TryTake(work, out var call))
        {
            if (call is not null) Run(call);
            RunTick();
            if (!stop.IsCancellationRequested) continue;
            if (cancelledAt == 0) cancelledAt = Stopwatch.GetTimestamp();
            if (Stopwatch.GetElapsedTime(cancelledAt) > _abandonAfter) break;
        }

        _failure?.Throw();
        if (work.IsCompleted) work.GetAwaiter().GetResult();
    }

    /// <summary>Makes the calls that are waiting now, without waiting for any.</summary>
    public void RunReady(Task work)
    {
        while (true)
        {
            PumpCall? call;
            lock (_gate)
            {
                if (!_calls.TryDequeue(out call)) break;
            }

            Run(call);
            if (_failure is not null) RunUntil(work);
        }

        RunTick();
        if (_failure is not null) RunUntil(work);
    }

    /// <summary>Has a waiting <see cref="RunUntil"/> look at the state of things again; from any thread.</summary>
    public void Wake()
    {
        lock (_gate) Monitor.PulseAll(_gate);
    }

    /// <summary>Refuses everything from now on; for a cmdlet that is thrown away in the middle.</summary>
    public void Close()
    {
        lock (_gate) _closed = true;
        RefuseAll();
    }

    // False when the work has ended and no call is left. A call of null is a tick.
    private bool TryTake(Task work, out PumpCall? call)
    {
        lock (_gate)
        {
            if (_calls.TryDequeue(out call)) return true;
            if (work.IsCompleted) return false;
            // Cancelled work is watched by the clock as well, see _abandonAfter.
            var wait = stop.IsCancellationRequested ? TimeSpan.FromMilliseconds(100) : TickInterval;
            Monitor.Wait(_gate, wait);
            _calls.TryDequeue(out call);
            return true;
        }
    }

    private void Run(PumpCall call)
    {
        try
        {
            call.Run();
        }
        catch (Exception e)
        {
            Fail(e);
            call.Refuse();
        }
    }

    // A tick talks to PowerShell as well, and fails like any call: it must not get past the wait for the work.
    private void RunTick()
    {
        if (Tick is null || _failure is not null) return;
        try
        {
            Tick();
        }
        catch (Exception e)
        {
            Fail(e);
        }
    }

    private void Fail(Exception error)
    {
        lock (_gate) _failure ??= ExceptionDispatchInfo.Capture(error);
        // Callbacks run on the pool: one that waited for this thread would wait for ever.
        _ = stop.CancelAsync();
        RefuseAll();
    }

    private void RefuseAll()
    {
        while (true)
        {
            PumpCall? call;
            lock (_gate)
            {
                if (!_calls.TryDequeue(out call)) return;
            }

            call.Refuse();
        }
    }

    private abstract class PumpCall
    {
        public abstract void Run();

        public abstract void Refuse();
    }

    private sealed class PumpCall<T>(Func<T> call) : PumpCall
    {
        // Asynchronous continuations: the worker must not go on working on the pipeline thread.
        private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<T> Task => _done.Task;

        public override void Run() => _done.TrySetResult(call());

        public override void Refuse() => _done.TrySetCanceled();
    }
}
