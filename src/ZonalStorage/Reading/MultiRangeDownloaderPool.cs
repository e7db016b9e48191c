namespace ZonalStorage.Reading;

/// <summary>The downloaders of one reader: several streams on one generation of one object.</summary>
/// <remarks>
/// Thread-safe. A range goes to the downloader that has the fewest bytes outstanding; where even that one has many, another
/// is added, up to the session's limit, which opens its stream by itself while the range already waits on it; read-ahead says
/// itself on how many it wants to be. A faulted one is replaced. Where the caller pinned the generation, downloaders that are idle at the end go to the session's cache.
/// </remarks>
internal sealed class MultiRangeDownloaderPool(ReadContext context, MultiRangeDownloaderCache cache, ZonalUri uri)
{
    // A stream with this much ahead of a new range is busy for a while (some 30 ms at 1 GB/s, what one stream of the service
    // carries): opening another costs less. The original's clients say 64 to 128 MiB.
    private const long BusyWeight = 32 << 20;

    // Ranges up to so many bytes are one message's; more would rather be on several streams.
    private const long BytesTogether = 4 << 20;

    // Of several streams each is asked for a chunk of the service in turn.
    private const long BytesOfOneAmongSeveral = 2 << 20;

    private readonly object _gate = new();
    private readonly List<MultiRangeDownloader> _downloaders = [];
    // Without a generation the next reader must open anew, to see which one is live: streams would be kept for nobody.
    private readonly bool _isPinned = uri.Generation is not null;
    private ZonalUri _uri = uri;
    private OpenedObject? _object;
    private bool _isClosed;

    /// <summary>Streams that are open.</summary>
    public int StreamCount
    {
        get
        {
            lock (_gate) return _downloaders.Count(static d => d.IsStreaming);
        }
    }

    /// <summary>Opens the object, with first ranges riding in the same message.</summary>
    /// <exception cref="ZonalException">It cannot be opened; the ranges have failed too then.</exception>
    public async Task<OpenedObject> OpenAsync(IReadOnlyList<RangeRead> first, CancellationToken cancellationToken)
    {
        var downloader = cache.TryTake(_uri) ?? new MultiRangeDownloader(context, _uri, known: null);
        lock (_gate) _downloaders.Add(downloader);
        foreach (var range in first) range.Downloader = downloader;
        downloader.Add(first);
        var opened = await downloader.OpenAsync(cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            _object = opened;
            _uri = _uri.WithGeneration(opened.Generation);
        }

        return opened;
    }

    /// <summary>Asks for ranges: small ones go together, so that they share messages; large ones are spread.</summary>
    public void Add(IReadOnlyList<RangeRead> ranges) => Send(ranges, BytesTogether, streams: null);

    /// <summary>Asks for ranges on so many streams, be they busy or not, for who knows that this many are worth it.</summary>
    public void Spread(IReadOnlyList<RangeRead> ranges, int streams) =>
        Send(ranges, streams == 1 ? long.MaxValue : BytesOfOneAmongSeveral, streams);

    private void Send(IReadOnlyList<RangeRead> ranges, long bytesTogether, int? streams)
    {
        for (var start = 0; start < ranges.Count;)
        {
            var (count, bytes) = (0, 0L);
            while (start + count < ranges.Count && count < MultiRangeDownloader.RangesPerMessage && bytes < bytesTogether)
                bytes += ranges[start + count++].Length;
            Send(count == ranges.Count ? ranges : [.. ranges.Skip(start).Take(count)], streams);
            start += count;
        }
    }

    /// <param name="ranges">What to ask one of them for.</param>
    /// <param name="streams">Choose among so many; null: among all, and open another where even the least busy is.</param>
    private void Send(IReadOnlyList<RangeRead> ranges, int? streams)
    {
        MultiRangeDownloader? downloader;
        lock (_gate) downloader = _isClosed ? null : Choose(streams);
        // By index, here and there: an enumerator of an interface is an object.
        for (var i = 0; i < ranges.Count; i++)
        {
            ranges[i].Downloader = downloader;
            if (downloader is null) ranges[i].TryFinish(ReadErrors.Closed());
        }

        downloader?.Add(ranges);
    }

    /// <summary>Gives the streams back.</summary>
    /// <param name="keep">False to close them, also those that could be used again.</param>
    public void Close(bool keep)
    {
        List<MultiRangeDownloader> downloaders;
        lock (_gate)
        {
            if (_isClosed) return;
            _isClosed = true;
            downloaders = [.. _downloaders];
            _downloaders.Clear();
        }

        foreach (var downloader in downloaders)
        {
            if (!keep || !_isPinned || !downloader.IsClean || _object is not { Info.IsFinalized: true }
                || !cache.TryReturn(_uri, downloader))
            {
                downloader.Dispose();
            }
        }
    }

    // Gate.
    private MultiRangeDownloader Choose(int? streams)
    {
        // The last one stays, whatever its state, as the pattern of its replacement.
        for (var i = _downloaders.Count - 1; i >= 0 && _downloaders.Count > 1; i--)
        {
            if (_downloaders[i].IsFaulted) _downloaders.RemoveAt(i);
        }

        var best = _downloaders[0];
        for (var i = 1; i < Math.Min(streams ?? int.MaxValue, _downloaders.Count); i++)
        {
            if (_downloaders[i].Weight < best.Weight) best = _downloaders[i];
        }

        var isMoreWanted = streams is { } count ? _downloaders.Count < count && best.Weight > 0 : best.Weight >= BusyWeight;
        if (best.IsFaulted) _downloaders.Clear();
        else if (!isMoreWanted || _downloaders.Count >= context.Options.StreamsPerObject) return best;
        var added = cache.TryTake(_uri) ?? best.MakeSibling();
        _downloaders.Add(added);
        return added;
    }
}
