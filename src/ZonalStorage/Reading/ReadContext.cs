using System.Collections.Concurrent;
using ZonalStorage.Diagnostics;
using ZonalStorage.Memory;
using ZonalStorage.Transport;

namespace ZonalStorage.Reading;

/// <summary>What all downloaders of a session share: the channel, the watch over stalled and idle streams, the counters.</summary>
internal sealed class ReadContext : IDisposable
{
    private static readonly TimeSpan _longestPeriod = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan _shortestPeriod = TimeSpan.FromMilliseconds(5);

    // Blocks that nobody needed for so long are freed.
    private static readonly TimeSpan _trimPeriod = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<MultiRangeDownloader, bool> _downloaders = new();
    private readonly ConcurrentDictionary<MultiRangeDownloader, bool> _streaming = new();
    private readonly DownloaderPoolRegistry _pools;
    private readonly ITimer _watch;
    private readonly IDisposable _reclaimer;
    private readonly long _started;
    private TimeSpan _trimmedAt;
    private int _isWatching;

    public ReadContext(GrpcChannel channel)
    {
        Channel = channel;
        Budget = new MemoryBudget(channel.Options.EffectiveMemoryBudget);
        CopyWorkers = channel.Options.CopyWorkers ?? MemmoveWorkerPool.DefaultWorkerCount;
        _started = channel.Options.Time.GetTimestamp();
        var period = channel.Options.HedgeAfter / 2 ?? _longestPeriod;
        if (channel.Options.StallTimeout / 4 < period) period = channel.Options.StallTimeout / 4;
        if (period > _longestPeriod) period = _longestPeriod;
        if (period < _shortestPeriod) period = _shortestPeriod;
        _pools = new DownloaderPoolRegistry(this);
        _reclaimer = channel.AddReclaimer(ReclaimIdleStreams);
        using (ExecutionContext.SuppressFlow())
        {
            // The timer lives as long as the session: it must not keep its maker's context alive.
            _watch = channel.Options.Time.CreateTimer(static c => ((ReadContext)c!).Watch(), this, period, period);
        }
    }

    /// <summary>Where calls go.</summary>
    public GrpcChannel Channel { get; }

    /// <summary>What the session was made with.</summary>
    public ZonalSessionOptions Options => Channel.Options;

    /// <summary>Time since the session began.</summary>
    public TimeSpan Now => Options.Time.GetElapsedTime(_started);

    /// <summary>What is in flight to the endpoint, of all sessions that share the channel.</summary>
    public InFlightLimit Line => Channel.Line;

    /// <summary>Memory that the session's readers and transfers share.</summary>
    public MemoryBudget Budget { get; }

    /// <summary>What the session has done.</summary>
    public SessionCounters Counters { get; } = new();

    /// <summary>Downloaders by object and generation.</summary>
    public DownloaderPoolRegistry Pools => _pools;

    /// <summary>Copy workers that this session may use.</summary>
    public int CopyWorkers { get; }

    /// <summary>Read streams that are open.</summary>
    public int StreamCount => _streaming.Count;

    /// <summary>Bytes asked for and not here yet.</summary>
    public long BytesInFlight => _downloaders.Keys.Sum(static d => d.Outstanding);

    /// <summary>A downloader was made.</summary>
    public void Register(MultiRangeDownloader downloader) => _downloaders.TryAdd(downloader, true);

    /// <summary>A downloader reads nothing any more.</summary>
    public void Unregister(MultiRangeDownloader downloader) => _downloaders.TryRemove(downloader, out _);

    /// <summary>A downloader opens a stream.</summary>
    public void OnStreamOpening(MultiRangeDownloader downloader) => _streaming.TryAdd(downloader, true);

    /// <summary>A downloader has no stream any more.</summary>
    public void OnStreamClosed(MultiRangeDownloader downloader) => _streaming.TryRemove(downloader, out _);

    public void Dispose()
    {
        _reclaimer.Dispose();
        _watch.Dispose();
        _pools.Dispose();
        // Those that are in no pool yet, or in none any more.
        foreach (var downloader in _downloaders.Keys) downloader.Dispose();
        Budget.Dispose();
    }

    /// <summary>Gives back up to so many streams on which nothing is awaited: somebody needs their places.</summary>
    private int ReclaimIdleStreams(int count)
    {
        var reclaimed = 0;
        foreach (var downloader in _streaming.Keys)
        {
            if (reclaimed == count) break;
            if (downloader.TryGiveStreamBack()) reclaimed++;
        }

        return reclaimed;
    }

    private void Watch()
    {
        // A timer does not wait for the call before, and an exception of it would end the process.
        if (Interlocked.Exchange(ref _isWatching, 1) != 0) return;
        try
        {
            var now = Now;
            foreach (var downloader in _streaming.Keys) Watch(downloader, now);
            Line.Watch(Channel.DeliveredBytes);
            _pools.Sweep(now);
            if (now - _trimmedAt < _trimPeriod) return;
            _trimmedAt = now;
            Budget.Trim();
        }
        finally
        {
            Volatile.Write(ref _isWatching, 0);
        }
    }

    private static void Watch(MultiRangeDownloader downloader, TimeSpan now)
    {
        try
        {
            downloader.Watch(now);
        }
        catch (Exception e)
        {
            // Whatever it is, it is this one's alone, and its owners must learn of it.
            downloader.Fail(e);
        }
    }
}
