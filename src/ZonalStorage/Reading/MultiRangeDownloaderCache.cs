namespace ZonalStorage.Reading;

/// <summary>Idle streams of a session, kept for the next reader of the same generation.</summary>
/// <remarks>
/// Thread-safe. Only finalized generations are kept: another may have grown, and only a new stream would tell. Without a
/// generation nothing is found: the live one may be another by now. Bounded by object, in all, and in time.
/// </remarks>
internal sealed class MultiRangeDownloaderCache : IDisposable
{
    private const int MaximumPerObject = 8;
    private const int MaximumInAll = 64;

    private readonly object _gate = new();
    private readonly LinkedList<Entry> _entries = new();
    private readonly TimeSpan _keep;
    private readonly Timer _sweep;
    private bool _isDisposed;

    /// <summary>A cache that keeps streams for <paramref name="keep"/>; zero keeps none.</summary>
    public MultiRangeDownloaderCache(TimeSpan keep)
    {
        _keep = keep;
        var period = TimeSpan.FromMilliseconds(Math.Clamp(keep.TotalMilliseconds / 4, 250, 10_000));
        using (ExecutionContext.SuppressFlow())
        {
            _sweep = new Timer(static c => ((MultiRangeDownloaderCache)c!).Sweep(), this, period, period);
        }
    }

    /// <summary>Streams that are kept.</summary>
    public int Count
    {
        get
        {
            lock (_gate) return _entries.Count;
        }
    }

    /// <summary>Takes an idle downloader of this generation; null if there is none.</summary>
    public MultiRangeDownloader? TryTake(ZonalUri uri)
    {
        if (uri.Generation is null) return null;
        lock (_gate)
        {
            for (var node = _entries.Last; node is not null;)
            {
                var earlier = node.Previous;
                if (node.Value.Uri == uri)
                {
                    _entries.Remove(node);
                    if (!node.Value.Downloader.IsFaulted) return node.Value.Downloader;
                }

                node = earlier;
            }
        }

        return null;
    }

    /// <summary>Keeps a downloader that is idle.</summary>
    /// <returns>False if it is not kept and the caller must close it.</returns>
    public bool TryReturn(ZonalUri uri, MultiRangeDownloader downloader)
    {
        if (_keep == TimeSpan.Zero || downloader.IsFaulted) return false;
        MultiRangeDownloader? evicted = null;
        lock (_gate)
        {
            if (_isDisposed || _entries.Count(e => e.Uri == uri) >= MaximumPerObject) return false;
            _entries.AddLast(new Entry(uri, downloader, Environment.TickCount64));
            if (_entries.Count > MaximumInAll)
            {
                evicted = _entries.First!.Value.Downloader;
                _entries.RemoveFirst();
            }
        }

        evicted?.Dispose();
        return true;
    }

    /// <summary>Closes what is kept.</summary>
    public void Dispose()
    {
        _sweep.Dispose();
        lock (_gate) _isDisposed = true;
        CloseWhere(static (_, _) => true);
    }

    private void Sweep() => CloseWhere(static (age, keep) => age > keep);

    private void CloseWhere(Func<TimeSpan, TimeSpan, bool> isDue)
    {
        List<MultiRangeDownloader> due = [];
        lock (_gate)
        {
            var now = Environment.TickCount64;
            while (_entries.First is { } first && isDue(TimeSpan.FromMilliseconds(now - first.Value.Since), _keep))
            {
                due.Add(first.Value.Downloader);
                _entries.RemoveFirst();
            }
        }

        foreach (var downloader in due) downloader.Dispose();
    }

    private sealed record Entry(ZonalUri Uri, MultiRangeDownloader Downloader, long Since);
}
