using ZonalStorage.Diagnostics;

namespace ZonalStorage.Reading;

/// <summary>A reader's share in a pool of downloaders.</summary>
/// <param name="Pool">The pool.</param>
/// <param name="Object">What the reader was told when it opened the object.</param>
/// <param name="Key">The object and generation.</param>
/// <param name="Keep">True if the pool may be kept for the next reader.</param>
internal sealed record PoolShare(MultiRangeDownloaderPool Pool, OpenedObject Object, ZonalUri Key, bool Keep);

/// <summary>A session's pools of downloaders: one per object and generation, however many readers it has.</summary>
/// <remarks>
/// <para>
/// An address without a generation is opened by a stream of its own, which alone tells the live one; it then joins the pool of
/// that generation. An address with one, of a finalized object, needs no round trip where there is a pool.
/// </para>
/// <para>
/// A pool without readers is kept a while for the next one, if it was asked for by its generation and the object cannot have
/// grown: for another reader only a new stream could tell. Bounded in number and in time. Thread-safe.
/// </para>
/// </remarks>
internal sealed class DownloaderPoolRegistry(ReadContext context) : IDisposable
{
    private const int MaximumKept = 64;

    private readonly OrderedLock _gate = new(LockRank.PoolRegistry);
    private readonly Dictionary<ZonalUri, Entry> _entries = [];
    private readonly LinkedList<ZonalUri> _kept = [];
    private bool _isDisposed;

    /// <summary>Pools without readers.</summary>
    public int KeptCount
    {
        get
        {
            using (_gate.Enter()) return _kept.Count;
        }
    }

    /// <summary>Opens an object, with first ranges riding in the same message.</summary>
    /// <exception cref="ZonalException">It cannot be opened; the ranges have failed too then.</exception>
    public async ValueTask<PoolShare> OpenAsync(ZonalUri uri, IReadOnlyList<RangeRead> first, CancellationToken cancellationToken)
    {
        if (uri.Generation is not null && TryShare(uri) is { } share)
        {
            share.Pool.Add(first);
            return share;
        }

        var downloader = new MultiRangeDownloader(context, uri);
        try
        {
            foreach (var range in first) range.TryAttach(downloader);
            downloader.Add(first);
            var opened = await downloader.OpenAsync(cancellationToken).ConfigureAwait(false);
            return Join(downloader, opened, uri);
        }
        catch
        {
            downloader.Dispose();
            throw;
        }
    }

    /// <summary>A reader has closed.</summary>
    public void Release(PoolShare share)
    {
        List<MultiRangeDownloaderPool> closed = [];
        using (_gate.Enter())
        {
            if (!_entries.TryGetValue(share.Key, out var entry) || entry.Pool != share.Pool || --entry.Users > 0) return;
            var keep = share.Keep && context.Options.IdleStreamTimeout > TimeSpan.Zero && !_isDisposed;
            if (keep) entry.Kept = _kept.AddLast(share.Key);
            else closed.Add(Remove(share.Key, entry));
            entry.KeptSince = context.Now;
            if (_kept.Count > MaximumKept) closed.Add(Remove(_kept.First!.Value, _entries[_kept.First.Value]));
        }

        foreach (var pool in closed) pool.Close();
    }

    /// <summary>Closes pools that were kept long enough. Timer.</summary>
    public void Sweep(TimeSpan now)
    {
        List<MultiRangeDownloaderPool> closed = [];
        using (_gate.Enter())
        {
            while (_kept.First is { } first && _entries[first.Value] is var entry
                && now - entry.KeptSince >= context.Options.IdleStreamTimeout)
            {
                closed.Add(Remove(first.Value, entry));
            }
        }

        foreach (var pool in closed) pool.Close();
    }

    /// <summary>Closes all pools; reads under way fail.</summary>
    public void Dispose()
    {
        List<MultiRangeDownloaderPool> closed;
        using (_gate.Enter())
        {
            _isDisposed = true;
            closed = [.. _entries.Values.Select(static e => e.Pool)];
            _entries.Clear();
            _kept.Clear();
        }

        foreach (var pool in closed) pool.Close();
    }

    private PoolShare? TryShare(ZonalUri uri)
    {
        using (_gate.Enter())
        {
            // An unfinalized object may have grown since the others opened it.
            if (!_entries.TryGetValue(uri, out var entry) || !entry.Object.Info.IsFinalized) return null;
            Use(entry);
            return new PoolShare(entry.Pool, entry.Object, uri, Keep: true);
        }
    }

    private PoolShare Join(MultiRangeDownloader downloader, OpenedObject opened, ZonalUri uri)
    {
        var key = uri.WithGeneration(opened.Generation);
        var keep = uri.Generation is not null && opened.Info.IsFinalized;
        MultiRangeDownloaderPool pool;
        using (_gate.Enter())
        {
            if (_isDisposed) throw ReadErrors.Closed();
            if (!_entries.TryGetValue(key, out var entry))
            {
                pool = new MultiRangeDownloaderPool(context, downloader);
                _entries.Add(key, new Entry(pool, opened) { Users = 1 });
                return new PoolShare(pool, opened, key, keep);
            }

            Use(entry);
            pool = entry.Pool;
        }

        pool.Adopt(downloader);
        return new PoolShare(pool, opened, key, keep);
    }

    private void Use(Entry entry)
    {
        _gate.AssertHeld();
        entry.Users++;
        if (entry.Kept is null) return;
        _kept.Remove(entry.Kept);
        entry.Kept = null;
    }

    private MultiRangeDownloaderPool Remove(ZonalUri key, Entry entry)
    {
        _gate.AssertHeld();
        _entries.Remove(key);
        if (entry.Kept is not null) _kept.Remove(entry.Kept);
        return entry.Pool;
    }

    private sealed class Entry(MultiRangeDownloaderPool pool, OpenedObject opened)
    {
        public MultiRangeDownloaderPool Pool { get; } = pool;

        public OpenedObject Object { get; } = opened;

        public int Users { get; set; }

        public LinkedListNode<ZonalUri>? Kept { get; set; }

        public TimeSpan KeptSince { get; set; }
    }
}
