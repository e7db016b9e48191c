using System.Diagnostics;

namespace ZonalStorage.Diagnostics;

/// <summary>The order of the engine's locks: a thread that holds one takes only locks that stand further down.</summary>
/// <remarks>
/// Debug builds assert it at every <see cref="OrderedLock.Enter"/>, so a run of the tests shows every place that could
/// deadlock. Nothing is awaited, sent or called back under any of them.
/// </remarks>
internal enum LockRank
{
    /// <summary>Pools of downloaders by object and generation (<c>DownloaderPoolRegistry</c>).</summary>
    PoolRegistry,

    /// <summary>The downloaders of one object (<c>MultiRangeDownloaderPool</c>).</summary>
    DownloaderPool,

    /// <summary>Access runs and pieces of one handle (<c>Prefetcher</c>).</summary>
    Prefetcher,

    /// <summary>Ranges and stream of one downloader (<c>MultiRangeDownloader</c>).</summary>
    Downloader,

    /// <summary>A read of several ranges, and the windows and pieces that wait for theirs.</summary>
    RangeOwner,

    /// <summary>What is in flight on a line (<c>InFlightLimit</c>).</summary>
    InFlightLimit,

    /// <summary>Bytes and blocks of a session (<c>MemoryBudget</c>).</summary>
    MemoryBudget,

    /// <summary>Jobs of the copy workers (<c>MemmoveWorkerPool</c>).</summary>
    MemmoveWorkers,
}

/// <summary>A lock with its place in the order of locks.</summary>
internal sealed class OrderedLock(LockRank rank)
{
#if DEBUG
    // A bit per rank that this thread holds.
    [ThreadStatic]
    private static uint _held;
#endif

    private readonly object _monitor = new();

    /// <summary>Takes it; disposing of the result gives it back, on the same thread.</summary>
    public Scope Enter()
    {
#if DEBUG
        Debug.Assert(_held >> (int)rank == 0, $"{rank} is taken under a lock of the same rank or of one behind it");
#endif
        Monitor.Enter(_monitor);
#if DEBUG
        _held |= 1u << (int)rank;
#endif
        return new Scope(this);
    }

    /// <summary>Says, in Debug builds, that the calling thread holds it.</summary>
    [Conditional("DEBUG")]
    public void AssertHeld() => Debug.Assert(Monitor.IsEntered(_monitor), $"{rank} is not held");

    /// <summary>Says, in Debug builds, that the calling thread holds no lock at all: it is about to call somebody.</summary>
    [Conditional("DEBUG")]
    public static void AssertNoneHeld()
    {
#if DEBUG
        Debug.Assert(_held == 0, "a callback under a lock");
#endif
    }

    private void Exit()
    {
#if DEBUG
        _held &= ~(1u << (int)rank);
#endif
        Monitor.Exit(_monitor);
    }

    /// <summary>The time during which the lock is held.</summary>
    public readonly ref struct Scope(OrderedLock owner)
    {
        /// <summary>Gives the lock back.</summary>
        public void Dispose() => owner.Exit();
    }
}
