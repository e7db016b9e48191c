using System.Collections.Concurrent;
using ZonalStorage.Diagnostics;
using ZonalStorage.Memory;
using ZonalStorage.Transport;

namespace ZonalStorage.Reading;

/// <summary>What all downloaders of a session share: the channel, the watch over stalled streams, the counters.</summary>
internal sealed class ReadContext : IDisposable
{
    private static readonly TimeSpan _longestPeriod = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan _shortestPeriod = TimeSpan.FromMilliseconds(5);

    // Blocks that nobody needed for so long are freed.
    private static readonly TimeSpan _trimPeriod = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<MultiRangeDownloader, bool> _downloaders = new();
    private readonly Timer _watch;
    private long _trimmedAt = Environment.TickCount64;

    public ReadContext(GrpcChannel channel)
    {
        Channel = channel;
        Budget = new MemoryBudget(channel.Options.EffectiveMemoryBudget);
        CopyWorkers = channel.Options.CopyWorkers ?? MemmoveWorkerPool.DefaultWorkerCount;
        var period = channel.Options.HedgeAfter / 2 ?? _longestPeriod;
        if (period > _longestPeriod) period = _longestPeriod;
        if (period < _shortestPeriod) period = _shortestPeriod;
        using (ExecutionContext.SuppressFlow())
        {
            // The timer lives as long as the session: it must not keep its maker's context alive.
            _watch = new Timer(static c => ((ReadContext)c!).Watch(), this, period, period);
        }
    }

    /// <summary>Where calls go.</summary>
    public GrpcChannel Channel { get; }

    /// <summary>What the session was made with.</summary>
    public ZonalSessionOptions Options => Channel.Options;

    /// <summary>Memory that the session's readers and transfers share.</summary>
    public MemoryBudget Budget { get; }

    /// <summary>What the session has done.</summary>
    public SessionCounters Counters { get; } = new();

    /// <summary>Copy workers that this session may use.</summary>
    public int CopyWorkers { get; }

    /// <summary>Read streams that are open.</summary>
    public int StreamCount => _downloaders.Keys.Count(static d => d.IsStreaming);

    /// <summary>Bytes asked for and not here yet.</summary>
    public long BytesInFlight => _downloaders.Keys.Sum(static d => d.Weight);

    /// <summary>Downloaders that exist.</summary>
    public IEnumerable<MultiRangeDownloader> Downloaders => _downloaders.Keys;

    public void Register(MultiRangeDownloader downloader) => _downloaders.TryAdd(downloader, true);

    public void Unregister(MultiRangeDownloader downloader) => _downloaders.TryRemove(downloader, out _);

    public void Dispose()
    {
        _watch.Dispose();
        Budget.Dispose();
    }

    private void Watch()
    {
        var now = Environment.TickCount64;
        foreach (var downloader in _downloaders.Keys)
        {
            downloader.CheckStalled(now);
            if (Options.HedgeAfter is { } after) downloader.HedgeStragglers(now, after);
        }

        if (now - _trimmedAt < _trimPeriod.TotalMilliseconds) return;
        _trimmedAt = now;
        Budget.Trim();
    }
}
