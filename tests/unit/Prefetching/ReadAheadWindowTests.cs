using Xunit;
using ZonalStorage.Prefetching;

namespace ZonalStorage.Tests.Prefetching;

/// <summary>The window on a simulated way: what is ahead arrives a latency after it was asked for, at a bandwidth.</summary>
public sealed class ReadAheadWindowTests
{
    private const long MiB = 1 << 20;

    [Theory]
    [InlineData(10, 2_000e6, 1 << 20)]
    [InlineData(10, 2_000e6, 64 << 10)]
    [InlineData(50, 500e6, 1 << 20)]
    [InlineData(2, 10_000e6, 1 << 20)]
    public void It_grows_to_twice_what_the_way_holds(double latencyMs, double bandwidth, int read)
    {
        var (window, rate) = Run(latencyMs, bandwidth, read, seconds: 3);
        var way = bandwidth * latencyMs / 1000;
        Assert.InRange(window.Size, Math.Min(1.2 * way, 127 * MiB), Math.Max(3 * way, 9 * MiB));
        Assert.InRange(rate, 0.9 * bandwidth, 1.01 * bandwidth);
    }

    [Fact]
    public void A_reader_who_is_slow_gets_a_small_one()
    {
        var (window, _) = Run(latencyMs: 10, bandwidth: 2_000e6, read: 1 << 20, seconds: 3, readerRate: 100e6);
        Assert.Equal(8 * MiB, window.Size);
    }

    [Fact]
    public void It_grows_within_a_few_latencies()
    {
        var (_, rate) = Run(latencyMs: 10, bandwidth: 2_000e6, read: 1 << 20, seconds: 0.3);
        Assert.InRange(rate, 0.6 * 2_000e6, 2_000e6);
    }

    [Fact]
    public void The_users_limit_holds()
    {
        var window = new ReadAheadWindow(limit: 3 * MiB, initial: 64 * MiB);
        Assert.Equal(3 * MiB, window.Size);
        Feed(window, read: 16 << 20, count: 100);
        Assert.Equal(3 * MiB, window.Size);
    }

    [Fact]
    public void Two_large_reads_are_more_than_the_ordinary_limit()
    {
        var window = new ReadAheadWindow(limit: 1 << 30, ReadAheadWindow.DefaultInitial);
        Feed(window, read: 100 << 20, count: 20);
        Assert.Equal(200 * MiB, window.Size);
    }

    [Fact]
    public void Without_a_latency_it_stays_small()
    {
        var window = new ReadAheadWindow(limit: 1 << 30, ReadAheadWindow.DefaultInitial);
        for (var i = 0; i < 1000; i++) window.Add(65536, 65536, latency: null, TimeSpan.FromMilliseconds(i));
        Assert.Equal(8 * MiB, window.Size);
    }

    private static void Feed(ReadAheadWindow window, int read, int count)
    {
        for (var i = 0; i < count; i++) window.Add(read, read, TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(i));
    }

    private static (ReadAheadWindow Window, double Rate) Run(
        double latencyMs, double bandwidth, int read, double seconds, double readerRate = 20e9)
    {
        var window = new ReadAheadWindow(limit: 256 * MiB, ReadAheadWindow.DefaultInitial);
        var (now, wire, position, produced) = (0.0, 0.0, 0L, 0L);
        var arrivals = new Queue<(long End, double At)>();
        while (now < seconds)
        {
            window.Add(read, read, TimeSpan.FromMilliseconds(latencyMs), TimeSpan.FromSeconds(now));
            position += read;
            for (; produced < position + window.Size; produced += MiB)
            {
                wire = Math.Max(wire, now + latencyMs / 1000) + MiB / bandwidth;
                arrivals.Enqueue((produced + MiB, wire));
            }

            while (arrivals.Peek().End < position) arrivals.Dequeue();
            now = Math.Max(now, arrivals.Peek().At) + read / readerRate;
        }

        return (window, position / now);
    }
}
