using System.Collections.Concurrent;

namespace ZonalStorage.Memory;

/// <summary>A piece of copying that may run on any thread.</summary>
internal interface IMemmoveJob
{
    /// <summary>Does it; must not throw.</summary>
    void Run();
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
internal static class MemmoveWorkerPool
{
    // Each job holds up to a message (2 MiB) of a receive block: more waiting jobs than this only make blocks run full.
    private const int QueueLimit = 16;

    private static readonly TimeSpan _idleLimit = TimeSpan.FromSeconds(10);
    private static readonly ConcurrentQueue<IMemmoveJob> _queue = new();
    private static readonly SemaphoreSlim _available = new(0);
    private static int _queued;
    private static int _workers;
    private static int _idle;
    private static long _handedOver;

    /// <summary>Workers on this machine where a session does not say: a quarter of the processors beyond three.</summary>
    public static int DefaultWorkerCount => Environment.ProcessorCount < 4 ? 0 : Math.Clamp(Environment.ProcessorCount / 4, 1, 8);

    /// <summary>Threads that are there now.</summary>
    public static int WorkerCount => Volatile.Read(ref _workers);

    /// <summary>Jobs that workers took over since the process began.</summary>
    public static long HandedOver => Interlocked.Read(ref _handedOver);

    /// <summary>Offers a job to the workers.</summary>
    /// <param name="job">What to do.</param>
    /// <param name="maximumWorkers">Threads that the caller wants at most; 0 declines.</param>
    /// <returns>False if the caller must run it itself.</returns>
    public static bool TryPost(IMemmoveJob job, int maximumWorkers)
    {
        if (maximumWorkers <= 0) return false;
        if (Interlocked.Increment(ref _queued) > QueueLimit || !EnsureWorker(maximumWorkers))
        {
            Interlocked.Decrement(ref _queued);
            return false;
        }

        _queue.Enqueue(job);
        Interlocked.Increment(ref _handedOver);
        _available.Release();
        return true;
    }

    /// <summary>Runs a waiting job on the calling thread.</summary>
    /// <returns>False if none waits.</returns>
    public static bool TryRunOne()
    {
        if (!_queue.TryDequeue(out var job)) return false;
        Interlocked.Decrement(ref _queued);
        job.Run();
        return true;
    }

    private static bool EnsureWorker(int maximum)
    {
        if (Volatile.Read(ref _idle) > 0) return true;
        var workers = Volatile.Read(ref _workers);
        if (workers >= maximum) return workers > 0;
        if (Interlocked.CompareExchange(ref _workers, workers + 1, workers) != workers) return workers > 0;
        try
        {
            new Thread(Work) { IsBackground = true, Name = "zonal copy" }.Start();
            return true;
        }
        catch (Exception e) when (e is OutOfMemoryException or ThreadStartException)
        {
            Interlocked.Decrement(ref _workers);
            return workers > 0;
        }
    }

    private static void Work()
    {
        while (true)
        {
            Interlocked.Increment(ref _idle);
            var signalled = _available.Wait(_idleLimit);
            Interlocked.Decrement(ref _idle);
            if (!signalled) break;
            TryRunOne();
        }

        Interlocked.Decrement(ref _workers);
        // A job may have come between the last wait and now.
        while (TryRunOne())
        {
            // Until nothing waits.
        }
    }
}
