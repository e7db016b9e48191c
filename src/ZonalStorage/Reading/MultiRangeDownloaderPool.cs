using ZonalStorage.Diagnostics;

namespace ZonalStorage.Reading;

/// <summary>The downloaders of one generation of one object, shared by all of its readers in a session.</summary>
/// <remarks>
/// Thread-safe. A range goes to the downloader that has the fewest bytes outstanding; where even that one has many, another
/// is added, up to the session's limit, which opens its stream by itself while the range already waits on it; read-ahead says
/// itself on how many it wants to be. A faulted one is replaced.
/// </remarks>
internal sealed class MultiRangeDownloaderPool(ReadContext context, MultiRangeDownloader first)
{
    // A stream with this much ahead of a new range is busy for a while (some 30 ms at 1 GB/s, what one stream of the service
    // carries): opening another costs less. The original's clients say 64 to 128 MiB.
    private const long BusyBytes = 32 << 20;

    // Ranges up to so many bytes are one message's; more would rather be on several streams.
    private const long BytesTogether = 4 << 20;

    // Of several streams each is asked for a chunk of the service in turn.
    private const long BytesOfOneAmongSeveral = 2 << 20;

    private readonly OrderedLock _gate = new(LockRank.DownloaderPool);
    private readonly List<MultiRangeDownloader> _downloaders = [first];
    private bool _isClosed;

    /// <summary>Streams that are open.</summary>
    public int StreamCount
    {
        get
        {
            using (_gate.Enter()) return _downloaders.Count(static d => d.IsStreaming);
        }
    }

    /// <summary>Takes in a downloader that has just opened the same generation, or has it end with what it was asked for.</summary>
    public void Adopt(MultiRangeDownloader downloader)
    {
        using (_gate.Enter())
        {
            if (!_isClosed && _downloaders.Count < context.Options.StreamsPerObject)
            {
                _downloaders.Add(downloader);
                return;
            }
        }

        downloader.CloseWhenIdle();
    }

    /// <summary>Asks for ranges: small ones go together, so that they share messages; large ones are spread.</summary>
    public void Add(IReadOnlyList<RangeRead> ranges) => Send(ranges, BytesTogether, streams: null);

    /// <summary>Asks for ranges on so many streams, busy or not, for callers who know that this many are worth it.</summary>
    public void Spread(IReadOnlyList<RangeRead> ranges, int streams) =>
        Send(ranges, streams == 1 ? long.MaxValue : BytesOfOneAmongSeveral, streams);

    /// <summary>Closes the streams; what is asked for from now on fails.</summary>
    public void Close()
    {
        List<MultiRangeDownloader> downloaders;
        using (_gate.Enter())
        {
            if (_isClosed) return;
            _isClosed = true;
            downloaders = [.. _downloaders];
            _downloaders.Clear();
        }

        foreach (var downloader in downloaders) downloader.Dispose();
    }

    private void Send(IReadOnlyList<RangeRead> ranges, long bytesTogether, int? streams)
    {
        for (var start = 0; start < ranges.Count;)
        {
            var (count, bytes) = (0, 0L);
            while (start + count < ranges.Count && count < RangeLedger.RangesPerMessage && bytes < bytesTogether)
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
        using (_gate.Enter()) downloader = _isClosed ? null : Choose(streams);
        // By index, here and there: an enumerator of an interface is an object.
        for (var i = 0; i < ranges.Count; i++)
        {
            if (downloader is null) ranges[i].Abandon(ReadErrors.Closed());
            else ranges[i].TryAttach(downloader);
        }

        downloader?.Add(ranges);
    }

    private MultiRangeDownloader Choose(int? streams)
    {
        _gate.AssertHeld();
        // The last one stays, whatever its state, as the pattern of its replacement.
        for (var i = _downloaders.Count - 1; i >= 0 && _downloaders.Count > 1; i--)
        {
            if (_downloaders[i].IsFaulted) _downloaders.RemoveAt(i);
        }

        var best = _downloaders[0];
        for (var i = 1; i < Math.Min(streams ?? int.MaxValue, _downloaders.Count); i++)
        {
            if (_downloaders[i].Outstanding < best.Outstanding) best = _downloaders[i];
        }

        var isMoreWanted = streams is { } count
            ? _downloaders.Count < count && best.Outstanding > 0
            : best.Outstanding >= BusyBytes;
        if (best.IsFaulted) _downloaders.Clear();
        else if (!isMoreWanted || _downloaders.Count >= context.Options.StreamsPerObject) return best;
        var added = best.MakeSibling();
        _downloaders.Add(added);
        return added;
    }
}
