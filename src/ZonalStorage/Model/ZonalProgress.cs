namespace ZonalStorage;

/// <summary>Counters of one transfer, written by the engine and sampled by whoever shows them.</summary>
/// <remarks>Thread-safe. Sampling instead of events keeps the data path free of calls per chunk.</remarks>
public sealed class ZonalProgress
{
    private long _totalBytes = -1;
    private long _bytes;
    private int _streams;

    /// <summary>Bytes to transfer; -1 until known.</summary>
    public long TotalBytes
    {
        get => Volatile.Read(ref _totalBytes);
        set => Volatile.Write(ref _totalBytes, value);
    }

    /// <summary>Bytes received and checked so far.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Read streams in use.</summary>
    public int Streams
    {
        get => Volatile.Read(ref _streams);
        set => Volatile.Write(ref _streams, value);
    }

    internal void Add(long bytes) => Interlocked.Add(ref _bytes, bytes);
}
