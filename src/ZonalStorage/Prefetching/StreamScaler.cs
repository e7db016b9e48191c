namespace ZonalStorage.Prefetching;

/// <summary>Over how many streams to spread read-ahead: as few as read as fast as more do.</summary>
/// <remarks>
/// <para>
/// One stream of the service carries about 1 GB/s, whatever lies ahead of it, and several carry more; on a link that one stream
/// fills, more are slower (by a fifth, for strides: docs/performance.md). Neither a rate nor a queue tells the two apart, a trial
/// does: some rounds as it is, some with one stream more or less, and as many as before again, so that neither a beginning, in
/// which every round is faster than the last, nor a moment decides. While readers wait for bytes one more is tried; whatever is
/// not needed is tried without. After a trial that changed nothing the next is some rounds later, and later each time.
/// </para>
/// <para>Not thread-safe: its prefetcher's gate guards it.</para>
/// </remarks>
/// <param name="limit">Streams at most.</param>
internal sealed class StreamScaler(int limit)
{
    // Rounds after a trial that changed nothing, the first time.
    private const int FirstPause = 16;

    private const int LongestPause = 1024;

    // Rates of one and the same way differ by a tenth.
    private const double WorthOneMore = 1.15;
    private const double WorthOneLess = 0.95;

    // Of each phase; one more goes before, in which what was asked for earlier comes as it was asked for.
    private const int RoundsMeasured = 2;

    // A round is at least so long, so that a rate is not that of a moment, and so many bytes, so that each stream has some.
    private static readonly TimeSpan _roundTime = TimeSpan.FromMilliseconds(20);
    private const long RoundBytes = 8 << 20;

    private TimeSpan _roundStart = TimeSpan.MinValue;
    private long _roundBytes;
    private long _waitedBytes;

    private Phase _phase;
    private int _rounds;
    private int _pause;
    private int _nextPause = FirstPause;
    private int _step;
    private double _sum;
    private double _before;
    private double _tried;
    private bool _isUpNext = true;

    // The three parts of a trial.
    private enum Phase
    {
        Before,
        Trial,
        After,
    }

    /// <summary>Streams to spread over.</summary>
    public int Count { get; private set; } = 1;

    /// <summary>Takes note of a read of an established trail.</summary>
    /// <param name="bytes">Bytes that it brings its trail forward.</param>
    /// <param name="hadToWait">True if what it wants was not there.</param>
    /// <param name="now">When it began, on any clock.</param>
    public void Add(long bytes, bool hadToWait, TimeSpan now)
    {
        if (_roundStart == TimeSpan.MinValue) _roundStart = now;
        var elapsed = now - _roundStart;
        if (_roundBytes >= RoundBytes && elapsed >= _roundTime)
        {
            EndRound(_roundBytes / elapsed.TotalSeconds, isStarved: 4 * _waitedBytes >= _roundBytes);
            (_roundBytes, _waitedBytes, _roundStart) = (0, 0, now);
        }

        _roundBytes += bytes;
        // Of the reads that a piece serves the first waits, for all of it.
        if (hadToWait) _waitedBytes += Math.Max(bytes, ReadAheadPlanner.LargestPiece);
    }

    private void EndRound(double rate, bool isStarved)
    {
        if (_pause > 0)
        {
            _pause--;
            return;
        }

        if (_rounds++ > 0) _sum += rate;
        if (_rounds <= RoundsMeasured) return;
        var mean = _sum / RoundsMeasured;
        (_rounds, _sum) = (0, 0);
        switch (_phase)
        {
            case Phase.Before:
                Begin(mean, isStarved);
                break;
            case Phase.Trial:
                (_tried, _phase) = (mean, Phase.After);
                Count -= _step;
                break;
            default:
                Decide(Math.Max(_before, mean));
                break;
        }
    }

    private void Begin(double rate, bool isStarved)
    {
        var canGrow = isStarved && Count < limit;
        _step = canGrow && (_isUpNext || Count == 1) ? 1 : Count > 1 ? -1 : 0;
        _isUpNext = true;
        if (_step == 0) return;
        (_before, _phase) = (rate, Phase.Trial);
        Count += _step;
    }

    private void Decide(double otherwise)
    {
        _phase = Phase.Before;
        if (_tried >= otherwise * (_step > 0 ? WorthOneMore : WorthOneLess))
        {
            Count += _step;
            _nextPause = FirstPause;
            return;
        }

        // Where one more was of no use, the last one may have been of none either.
        _isUpNext = _step < 0;
        _pause = _nextPause;
        _nextPause = Math.Min(2 * _nextPause, LongestPause);
    }
}
