namespace ZonalStorage.Throughput;

/// <summary>
/// Latencies in buckets of 1 % width: constant memory, no allocation while measuring. One thread at a time.
/// </summary>
internal sealed class LatencyHistogram
{
    private const double Width = 1.01;

    // 1.01^2400 microseconds are six hours.
    private readonly long[] _counts = new long[2400];
    private long _total;
    private double _sum;

    public void Add(TimeSpan latency)
    {
        var microseconds = Math.Max(1, latency.TotalMicroseconds);
        _counts[Math.Min(_counts.Length - 1, (int)(Math.Log(microseconds) / Math.Log(Width)))]++;
        _total++;
        _sum += microseconds;
    }

    public void Add(LatencyHistogram other)
    {
        for (var i = 0; i < _counts.Length; i++) _counts[i] += other._counts[i];
        _total += other._total;
        _sum += other._sum;
    }

    public long Count => _total;

    public double Mean => _total == 0 ? 0 : _sum / _total;

    /// <summary>Microseconds that a share of all reads stayed under.</summary>
    public double Percentile(double share)
    {
        long seen = 0;
        for (var i = 0; i < _counts.Length; i++)
        {
            seen += _counts[i];
            if (seen >= share * _total) return Math.Pow(Width, i + 0.5);
        }

        return 0;
    }
}
