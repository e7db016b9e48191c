using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Xunit;
using ZonalStorage.Transport.Sockets;

namespace ZonalStorage.Tests.Transport;

public sealed class ReceiveCoalescingTests
{
    private const int Few = 64 << 10;
    private const int Many = 192 << 10;
    private const int Most = 384 << 10;

    private static readonly long _instant = Stopwatch.Frequency / 10_000;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1, 0, 1, false)]
    [InlineData(191 << 10, 0, 1, false)]
    [InlineData(192 << 10, 0, 96 << 10, false)]
    [InlineData(384 << 10, 0, 192 << 10, false)]
    [InlineData(1, (2 * Few) - 1, 1, false)]
    [InlineData(1, 2 * Few, Few, true)]
    [InlineData(1, (2 * Many) - 1, Few, true)]
    [InlineData(64 << 10, 2 * Many, Many, true)]
    [InlineData(64 << 10, (2 * Most) - 1, Many, true)]
    [InlineData(64 << 10, 2 * Most, Most, true)]
    [InlineData(384 << 10, 2 * Few, 192 << 10, false)]
    public void It_gathers_half_of_what_comes_at_most(int certain, long due, int wakeAt, bool isBounded)
    {
        var coalescing = MakeFast();
        coalescing.Prepare(certain, due);
        Assert.Equal((wakeAt, isBounded), (coalescing.WakeAt, coalescing.Patience is not null));
    }

    [Fact]
    public void Bytes_that_come_slowly_are_not_waited_for()
    {
        var coalescing = new ReceiveCoalescing();
        Assert.Equal(1, WakeAt(coalescing));
        coalescing = MakeFast();
        Assert.Equal(Many, WakeAt(coalescing));
        Arrive(coalescing, Many, 200 * _instant);
        Assert.Equal(1, WakeAt(coalescing));
        Arrive(coalescing, Many, 201 * _instant);
        Assert.Equal(Many, WakeAt(coalescing));
        // At half of that rate fewer are waited for.
        Arrive(coalescing, Many, 221 * _instant);
        Assert.Equal(Few, WakeAt(coalescing));
        coalescing.Prepare(1, 100 * Most);
        Assert.Equal(Few, coalescing.WakeAt);
        Arrive(coalescing, Many, 271 * _instant);
        Assert.Equal(1, WakeAt(coalescing));
    }

    [Theory]
    [InlineData(1, 800)]
    [InlineData(2, 1000)]
    [InlineData(10, 1000)]
    public void Nobody_waits_for_longer_than_a_moment(int instants, int microseconds)
    {
        var coalescing = new ReceiveCoalescing();
        Arrive(coalescing, Many, 100 * _instant);
        Arrive(coalescing, Many, (100 + instants) * _instant);
        Assert.Equal(Many, WakeAt(coalescing));
        Assert.Equal(microseconds, coalescing.Patience!.Value.TotalMicroseconds, 1.0);
    }

    [Fact]
    public async Task Due_bytes_that_do_not_come_hold_up_nothing()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var server = new TcpClient { NoDelay = true };
        var connecting = server.ConnectAsync((IPEndPoint)listener.LocalEndpoint, Stop);
        using var transport = new PlainTransport(await listener.AcceptSocketAsync(Stop));
        await connecting;
        using var end = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await using var abort = end.Token.Register(transport.Abort);
        long received = 0;
        var receiving = Task.Factory.StartNew(
            () =>
            {
                var buffer = new byte[1 << 20];
                int count;
                while ((count = transport.Receive(buffer, certain: 1, due: long.MaxValue)) > 0)
                    Interlocked.Add(ref received, count);
            },
            Stop, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        long sent = 0;
        for (var round = 0; round < 20; round++)
        {
            // Fast, so that it gathers, and then a little less than it gathers.
            await server.GetStream().WriteAsync(new byte[20 * Few + 10], Stop);
            sent += 20 * Few + 10;
            while (Interlocked.Read(ref received) < sent) await Task.Delay(5, end.Token);
        }

        server.Client.Shutdown(SocketShutdown.Send);
        await receiving.WaitAsync(TimeSpan.FromSeconds(20), Stop);
        Assert.Equal(sent, received);
    }

    private static void Arrive(ReceiveCoalescing coalescing, int count, long at)
    {
        coalescing.Prepare(1, due: 0);
        coalescing.Received(count, at);
    }

    private static int WakeAt(ReceiveCoalescing coalescing)
    {
        coalescing.Prepare(1, 2 * Many);
        return coalescing.WakeAt;
    }

    private static ReceiveCoalescing MakeFast()
    {
        var coalescing = new ReceiveCoalescing();
        Arrive(coalescing, Many, _instant);
        Arrive(coalescing, Many, 2 * _instant);
        return coalescing;
    }
}
