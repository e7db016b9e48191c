namespace ZonalStorage.Reading;

/// <summary>Second requests for ranges from which nothing comes.</summary>
internal sealed partial class MultiRangeDownloader
{
    // Of all ranges at most a tenth is asked for twice, and a few more: when everything is slow, asking twice makes it worse.
    private const int HedgesAtFirst = 8;
    private const int RangesPerHedge = 10;

    private MultiRangeDownloader? _second;
    private long _asked;
    private long _hedged;
    private bool _isSecond;

    /// <summary>Asks for stragglers on a stream beside this one. Timer thread.</summary>
    /// <remarks>
    /// Only where the generation is known: two requests for a name alone could be answered from two generations.
    /// </remarks>
    public void HedgeStragglers(long now, TimeSpan after)
    {
        List<(RangeRead First, RangeRead Second)>? pairs = null;
        lock (_gate)
        {
            if (_isSecond || _object is null || _failure is not null) return;
            foreach (var range in _inFlight.Values)
            {
                if (_hedged >= HedgesAtFirst + (_asked / RangesPerHedge)) break;
                if (range.IsHedged || now - range.QuietSince < after.TotalMilliseconds) continue;
                if (Hedge.TryMake(range) is not { } hedge) continue;
                range.IsHedged = true;
                (pairs ??= []).Add((range, hedge.Second));
                _hedged++;
            }
        }

        if (pairs is null) return;
        var downloader = SecondDownloader();
        foreach (var (first, second) in pairs)
        {
            _context.Counters.AddHedge();
            second.Downloader = downloader;
            first.Attach(second);
            downloader.Add([second]);
        }
    }

    private MultiRangeDownloader SecondDownloader()
    {
        lock (_gate)
        {
            if (_second is { IsFaulted: false } ready) return ready;
        }

        var made = MakeSibling();
        made._isSecond = true;
        lock (_gate)
        {
            _second = made;
            // Closed in between: so that the second requests fail as well.
            if (_failure is null) return made;
        }

        made.Dispose();
        return made;
    }
}
