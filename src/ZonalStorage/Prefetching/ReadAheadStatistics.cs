namespace ZonalStorage.Prefetching;

/// <summary>What a session's prefetchers did.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class ReadAheadStatistics
{
    private long _hits;
    private long _wasted;

    /// <summary>Bytes of reads that were there before, or on the way, when they were asked for.</summary>
    public long HitBytes => Interlocked.Read(ref _hits);

    /// <summary>Bytes that were read ahead and never asked for.</summary>
    public long WastedBytes => Interlocked.Read(ref _wasted);

    public void AddHit(long bytes) => Interlocked.Add(ref _hits, bytes);

    public void AddWasted(long bytes)
    {
        if (bytes > 0) Interlocked.Add(ref _wasted, bytes);
    }
}
