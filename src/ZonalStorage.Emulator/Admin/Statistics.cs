using System.Collections.Concurrent;

namespace ZonalStorage.Emulator.Admin;

/// <summary>Counters for GET /stats. The "open" ones are gauges and survive a reset.</summary>
internal sealed class Statistics
{
    private readonly ConcurrentDictionary<string, long> _requests = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> _faults = new(StringComparer.Ordinal);
    private long _openStreams;
    private long _openConnections;
    private long _totalStreams;
    private long _totalConnections;
    private long _bytesSent;
    private long _bytesReceived;
    private long _ranges;

    public void Count(string method) => _requests.AddOrUpdate(method, 1, static (_, n) => n + 1);

    public void CountFault(string instruction) => _faults.AddOrUpdate(instruction, 1, static (_, n) => n + 1);

    public void StreamOpened()
    {
        Interlocked.Increment(ref _openStreams);
        Interlocked.Increment(ref _totalStreams);
    }

    public void StreamClosed() => Interlocked.Decrement(ref _openStreams);

    public void ConnectionOpened()
    {
        Interlocked.Increment(ref _openConnections);
        Interlocked.Increment(ref _totalConnections);
    }

    public void ConnectionClosed() => Interlocked.Decrement(ref _openConnections);

    public void BytesSent(long n) => Interlocked.Add(ref _bytesSent, n);

    public void BytesReceived(long n) => Interlocked.Add(ref _bytesReceived, n);

    public void Ranges(int n) => Interlocked.Add(ref _ranges, n);

    public void Reset()
    {
        Interlocked.Exchange(ref _totalStreams, 0);
        Interlocked.Exchange(ref _totalConnections, 0);
        Interlocked.Exchange(ref _bytesSent, 0);
        Interlocked.Exchange(ref _bytesReceived, 0);
        Interlocked.Exchange(ref _ranges, 0);
        _requests.Clear();
        _faults.Clear();
    }

    public Snapshot Take() => new(
        Interlocked.Read(ref _openStreams),
        Interlocked.Read(ref _openConnections),
        Interlocked.Read(ref _totalStreams),
        Interlocked.Read(ref _totalConnections),
        Interlocked.Read(ref _bytesSent),
        Interlocked.Read(ref _bytesReceived),
        Interlocked.Read(ref _ranges),
        new SortedDictionary<string, long>(_requests, StringComparer.Ordinal),
        new SortedDictionary<string, long>(_faults, StringComparer.Ordinal));

    /// <summary>Serialised with snake_case names.</summary>
    public sealed record Snapshot(
        long OpenStreams,
        long OpenConnections,
        long TotalStreams,
        long TotalConnections,
        long BytesSent,
        long BytesReceived,
        long Ranges,
        IReadOnlyDictionary<string, long> Requests,
        IReadOnlyDictionary<string, long> Faults);
}
