namespace ZonalStorage.Diagnostics;

/// <summary>What a session has done, counted where it happens.</summary>
/// <remarks>Thread-safe. Counters only grow; whoever shows them samples them.</remarks>
internal sealed class SessionCounters
{
    private long _bytesRead;
    private long _chunks;
    private long _handedOver;
    private long _retries;
    private long _redirects;
    private long _rangesAskedAgain;
    private long _unchecked;
    private long _brokenStreams;
    private long _hedges;
    private long _hits;
    private long _wasted;

    /// <summary>Bytes of content received and checked.</summary>
    public long BytesRead => Interlocked.Read(ref _bytesRead);

    /// <summary>Chunks received and checked, by receive threads and copy workers.</summary>
    public long Chunks => Interlocked.Read(ref _chunks);

    /// <summary>Chunks of those that copy workers took.</summary>
    public long HandedOver => Interlocked.Read(ref _handedOver);

    /// <summary>Streams opened again after a failure.</summary>
    public long Retries => Interlocked.Read(ref _retries);

    /// <summary>Redirects followed.</summary>
    public long Redirects => Interlocked.Read(ref _redirects);

    /// <summary>Ranges asked for again because of what came: a wrong checksum, place or length.</summary>
    public long RangesAskedAgain => Interlocked.Read(ref _rangesAskedAgain);

    /// <summary>Chunks that came without a checksum and were taken as they are.</summary>
    public long UncheckedChunks => Interlocked.Read(ref _unchecked);

    /// <summary>Streams that ended before their work did, or whose end was not asked for.</summary>
    public long BrokenStreams => Interlocked.Read(ref _brokenStreams);

    /// <summary>Ranges that were asked for a second time because the first request was slow.</summary>
    public long Hedges => Interlocked.Read(ref _hedges);

    /// <summary>Bytes of reads that had been asked for before the read came.</summary>
    public long ReadAheadHits => Interlocked.Read(ref _hits);

    /// <summary>Bytes that were read ahead and given up unread.</summary>
    public long ReadAheadWasted => Interlocked.Read(ref _wasted);

    public void AddChunk(long bytes)
    {
        Interlocked.Add(ref _bytesRead, bytes);
        Interlocked.Increment(ref _chunks);
    }

    public void AddHandedOver() => Interlocked.Increment(ref _handedOver);

    public void AddRetry() => Interlocked.Increment(ref _retries);

    public void AddRedirect() => Interlocked.Increment(ref _redirects);

    public void AddRangeAskedAgain() => Interlocked.Increment(ref _rangesAskedAgain);

    public void AddUnchecked() => Interlocked.Increment(ref _unchecked);

    public void AddBrokenStream() => Interlocked.Increment(ref _brokenStreams);

    public void AddHedge() => Interlocked.Increment(ref _hedges);

    public void AddHit(long bytes) => Interlocked.Add(ref _hits, bytes);

    public void AddWasted(long bytes)
    {
        if (bytes > 0) Interlocked.Add(ref _wasted, bytes);
    }
}
