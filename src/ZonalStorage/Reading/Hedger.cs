using ZonalStorage.Memory;

namespace ZonalStorage.Reading;

/// <summary>
/// Second requests for ranges from which nothing comes: on another stream, into memory of their own. Whichever ends first
/// counts, the other is given up.
/// </summary>
/// <remarks><see cref="Watch"/> by one timer; <see cref="Dispose"/> by any thread.</remarks>
internal sealed class Hedger(MultiRangeDownloader first, ReadContext context) : IDisposable
{
    // Beyond this a second request costs more than a slow first one.
    private const int MaximumLength = 16 << 20;

    // Of all ranges at most a tenth is asked for twice, and a few more: when everything is slow, asking twice makes it worse.
    private const int HedgesAtFirst = 8;
    private const int RangesPerHedge = 10;

    private readonly object _gate = new();
    private MultiRangeDownloader? _second;
    private long _hedged;
    private bool _isDisposed;

    /// <summary>Asks for stragglers a second time.</summary>
    public void Watch(TimeSpan now)
    {
        if (first.ChooseInFlight(ledger => Choose(ledger, now)) is not { } hedges) return;
        var downloader = Second();
        foreach (var (range, start) in hedges)
        {
            context.Counters.AddHedge();
            var second = new HedgeRange(first, range, start);
            second.Range.TryAttach(downloader);
            range.Attach(second);
            downloader.Add([second.Range]);
            // Held by the range itself while it is on its way.
            second.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        MultiRangeDownloader? second;
        lock (_gate) (second, _isDisposed) = (_second, true);
        second?.Dispose();
    }

    /// <summary>Ranges to hedge, with the byte from which on; none whose bytes are pending verification. The downloader's lock.</summary>
    private List<(RangeRead Range, int Start)>? Choose(RangeLedger ledger, TimeSpan now)
    {
        List<(RangeRead, int)>? chosen = null;
        foreach (var range in ledger.InFlight)
        {
            if (_hedged >= HedgesAtFirst + (ledger.AskedCount / RangesPerHedge)) break;
            if (range.IsHedged || now - range.QuietSince < context.Options.HedgeAfter) continue;
            if (range.View.PassesUnderWay > 0 || range.Remaining is 0 or > MaximumLength) continue;
            range.IsHedged = true;
            _hedged++;
            (chosen ??= []).Add((range, range.Filled));
        }

        return chosen;
    }

    private MultiRangeDownloader Second()
    {
        lock (_gate)
        {
            if (_second is { IsFaulted: false } ready) return ready;
        }

        var made = first.MakeSibling(isSecond: true);
        lock (_gate)
        {
            _second = made;
            if (!_isDisposed) return made;
        }

        // Closed in between: so that the second requests fail as well.
        made.Dispose();
        return made;
    }

    /// <summary>The rest of a range, asked for a second time.</summary>
    private sealed class HedgeRange(MultiRangeDownloader downloader, RangeRead first, int start)
        : OwnedRange(first.Offset + start, new LazyArray(first.Length - start, whole: first.Length - start), progress: null)
    {
        /// <inheritdoc/>
        protected override void OnCompleted()
        {
            // Failed or short: the first one goes on, and its own end says why.
            if (IsReady) downloader.Replace(first, start, ((LazyArray)Buffer).Bytes!);
        }
    }
}
