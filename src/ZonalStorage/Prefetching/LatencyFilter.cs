namespace ZonalStorage.Prefetching;

/// <summary>The least latency of late: what the way itself takes, without what queues of our own making add.</summary>
/// <remarks>Values older than two periods are forgotten, so that it follows a way that has become longer.</remarks>
internal sealed class LatencyFilter
{
    private static readonly TimeSpan _period = TimeSpan.FromSeconds(5);

    private TimeSpan _before = TimeSpan.MaxValue;
    private TimeSpan _now = TimeSpan.MaxValue;
    private TimeSpan _periodEnd;

    /// <summary>The least; null as long as nothing is known.</summary>
    public TimeSpan? Least
    {
        get
        {
            var least = _before < _now ? _before : _now;
            return least == TimeSpan.MaxValue ? null : least;
        }
    }

    /// <summary>Takes note of a latency.</summary>
    /// <param name="latency">From the request to its last byte.</param>
    /// <param name="at">When it was seen, on any clock.</param>
    public void Add(TimeSpan latency, TimeSpan at)
    {
        if (at >= _periodEnd)
        {
            _before = at < _periodEnd + _period ? _now : TimeSpan.MaxValue;
            _now = TimeSpan.MaxValue;
            _periodEnd = at + _period;
        }

        if (latency < _now) _now = latency;
    }
}
