using System.Diagnostics;
using ZonalStorage.Diagnostics;

namespace ZonalStorage.Memory;

/// <summary>A piece of copying that may run on any thread.</summary>
internal interface IMemmoveJob
{
    /// <summary>Does it.</summary>
    void Run();

    /// <summary>It threw: whoever waits for it must learn of it. Must not throw.</summary>
    void Fail(Exception error);
}

/// <summary>
/// The process's copy workers: they run the copy-and-check pass of large chunks beside the receive threads, where there are
/// cores to spare.
/// </summary>
/// <remarks>
/// One pool for all sessions. A receive thread offers a job and never waits: where the queue is full or there is no worker,
/// it does the job itself. Workers are background threads, started on first use, and end after a while without work. On two
/// cores copying in place always won (docs/performance.md), so there the pool stays empty.
/// </remarks>
internal sealed class MemmoveWorkerPool(TimeSpan idleLimit)
{
    // Each job holds up to a message (2 MiB) of a receive block: more waiting jobs than this only make blocks run full.
    private const int QueueLimit = 16;

    private readonly object _gate = new();
    private readonly Queue<IMemmoveJob> _jobs = new(QueueLimit);
    private int _workers;
    private int _idle;

    /// <summary>The process's pool; a worker without work ends after 10 seconds.</summary>
    public static MemmoveWorkerPool Shared { get; } = new(TimeSpan.FromSeconds(10));

    /// <summary>Workers on this machine where a session does not say: a quarter of the processors beyond three.</summary>
    public static int DefaultWorkerCount => Environment.ProcessorCount < 4 ? 0 : Math.Clamp(Environment.ProcessorCount / 4, 1, 8);

    /// <summary>Offers a job to the workers.</summary>
    /// <param name="job">What to do.</param>
    /// <param name="maximumWorkers">Threads that the caller wants at most; 0 declines.</param>
    /// <returns>False if the caller must run it itself.</returns>
    public bool TryPost(IMemmoveJob job, int maximumWorkers)
    {
        if (maximumWorkers <= 0) return false;
        lock (_gate)
        {
            if (_jobs.Count >= QueueLimit || !EnsureWorker(maximumWorkers)) return false;
            _jobs.Enqueue(job);
            Monitor.Pulse(_gate);
            return true;
        }
    }

    /// <summary>Runs a waiting job on the calling thread.</summary>
    /// <returns>False if none waits.</returns>
    public bool TryRunOne()
    {
        IMemmoveJob? job;
        lock (_gate)
        {
            if (!_jobs.TryDequeue(out job)) return false;
        }

        Run(job);
        return true;
    }

    /// <summary>Runs a job; an exception is its owner's, and ends neither the thread nor the process.</summary>
    private static void Run(IMemmoveJob job)
    {
        OrderedLock.AssertNoneHeld();
        try
        {
            job.Run();
        }
        catch (Exception e)
        {
            job.Fail(e);
        }
    }

    // Gate. False if there is no worker, and none can be.
    private bool EnsureWorker(int maximum)
    {
        Debug.Assert(Monitor.IsEntered(_gate), "the counts belong to the gate");
        if (_idle > _jobs.Count || _workers >= maximum) return _workers > 0;
        try
        {
            // Without the caller's execution context: it would be kept for the worker's life.
            new Thread(Work) { IsBackground = true, Name = "zonal copy" }.UnsafeStart();
            _workers++;
            return true;
        }
        catch (Exception e) when (e is OutOfMemoryException or ThreadStartException)
        {
            return _workers > 0;
        }
    }

    private void Work()
    {
        while (TryWait())
        {
            while (TryRunOne())
            {
                // Until nothing waits.
            }
        }
    }

    /// <summary>Waits for a job.</summary>
    /// <returns>False if none came for so long that the worker is to end; it is not counted any more.</returns>
    private bool TryWait()
    {
        lock (_gate)
        {
            if (_jobs.Count > 0) return true;
            _idle++;
            var isWoken = Monitor.Wait(_gate, idleLimit);
            _idle--;
            if (isWoken || _jobs.Count > 0) return true;
            _workers--;
            return false;
        }
    }
}
