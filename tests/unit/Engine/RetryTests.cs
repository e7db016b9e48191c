using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Xunit;
using ZonalStorage.TestSupport;

namespace ZonalStorage.Tests.Engine;

/// <summary>What is tried again, how often, and on what.</summary>
public sealed class RetryTests(EmulatorFixture emulator)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_straggling_range_is_asked_for_a_second_time()
    {
        await using var session = await emulator.OpenFaultyAsync(
            ["none", "stall-before-data-30s"],
            change: static o => o with { HedgeAfter = TimeSpan.FromMilliseconds(200), StreamsPerObject = 1 });
        var uri = (await session.GetObjectInfoAsync(EmulatorFixture.Named("size-9000000"), Stop)).Uri;
        // The open takes a stream that stalls before its first byte, the second request one that does not.
        await using var reader = await session.OpenAsync(uri, Stop);
        var buffer = new byte[1_000_000];
        var clock = Stopwatch.StartNew();
        Assert.Equal(buffer.Length, await reader.ReadAsync(17, buffer, cancellationToken: Stop).AsTask().WaitAsync(TimeSpan.FromSeconds(15), Stop));
        Assert.Equal(-1, SplitMixContent.FirstDifference(17, buffer));
        Assert.True(session.Hedges > 0, "nothing was asked twice");
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(14), $"took {clock.Elapsed}");
    }

    [Fact]
    public async Task Nothing_is_asked_twice_unless_wished()
    {
        await using var session = await emulator.OpenFaultyAsync(["stall-before-data-700ms"]);
        await session.ReadAsync(EmulatorFixture.Named("size-3000"), cancellationToken: Stop);
        Assert.Equal(0, session.Hedges);
    }

    [Fact]
    public async Task A_stream_that_was_idle_for_long_is_not_taken_for_stalled()
    {
        await using var slow = await EmulatorProcess.StartAsync("--delay-us", "1200000");
        await using var session = ZonalSession.Create(
            new ZonalSessionOptions { Endpoint = slow.Endpoint, StallTimeout = TimeSpan.FromSeconds(4), StreamsPerObject = 1 });
        await using var reader = await session.OpenAsync(EmulatorFixture.Named("size-100000"), Stop);
        await reader.ReadAsync(0, new byte[10], cancellationToken: Stop);
        await Task.Delay(4700, Stop);
        await reader.ReadAsync(50, new byte[10], cancellationToken: Stop);
        Assert.Equal(0, session.BrokenStreams);
    }

    [Fact]
    public async Task Answers_without_a_new_byte_do_not_hold_off_the_watchdog()
    {
        await using var session = await emulator.OpenFaultyAsync(
            ["drip-empty-messages", "none"], change: static o => o with { StallTimeout = TimeSpan.FromSeconds(1) });
        var bytes = await session.ReadAsync(EmulatorFixture.Named("size-4000000"), cancellationToken: Stop)
            .WaitAsync(TimeSpan.FromSeconds(20), Stop);
        Assert.Equal(-1, SplitMixContent.FirstDifference(0, bytes));
        Assert.True(session.BrokenStreams > 0, "it was never replaced");
    }

    [Fact]
    public async Task Redirects_of_streams_that_answer_but_bring_nothing_are_bounded()
    {
        await using var session = await emulator.OpenFaultyAsync([.. Enumerable.Repeat("redirect-after-0-token-abc", 50)]);
        var error = await Assert.ThrowsAsync<ZonalException>(() => session
            .ReadAsync(EmulatorFixture.Named("size-4000000"), cancellationToken: Stop).WaitAsync(TimeSpan.FromSeconds(20), Stop));
        Assert.Equal("TooManyRedirects", error.ErrorId);
    }

    [Fact]
    public async Task A_connection_that_died_in_silence_is_replaced()
    {
        using var relay = new Relay(emulator.Endpoint);
        await using var session = ZonalSession.Create(new ZonalSessionOptions
        {
            Endpoint = relay.Endpoint, Connections = 1, StallTimeout = TimeSpan.FromSeconds(1), CallTimeout = TimeSpan.FromSeconds(2),
        });
        await using var reader = await session.OpenAsync(EmulatorFixture.Named("size-9000000"), Stop);
        await reader.ReadAsync(0, new byte[1000], cancellationToken: Stop);
        // From here on nothing passes on this connection, and nobody says so; a new one works.
        relay.FreezeOpenConnections();
        var buffer = new byte[3_000_000];
        await reader.ReadAsync(1000, buffer, cancellationToken: Stop).AsTask().WaitAsync(TimeSpan.FromSeconds(20), Stop);
        Assert.Equal(-1, SplitMixContent.FirstDifference(1000, buffer));
        var clock = Stopwatch.StartNew();
        while (session.ConnectionCount > 1)
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(20), "the dead connection is still kept");
            await Task.Delay(100, Stop);
        }

        // Two, and where the machine was away for long perhaps one more.
        Assert.InRange(relay.Accepted, 2, 4);
    }

    /// <summary>Passes bytes between a client and a server, until told not to.</summary>
    private sealed class Relay : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly Uri _server;
        private readonly CancellationTokenSource _stop = new();
        private volatile CancellationTokenSource _thawed = new();
        private int _accepted;

        public Relay(Uri server)
        {
            _server = server;
            _listener.Start();
            Endpoint = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");
            _ = AcceptAsync();
        }

        public Uri Endpoint { get; }

        public int Accepted => Volatile.Read(ref _accepted);

        public void FreezeOpenConnections()
        {
            var frozen = _thawed;
            _thawed = new CancellationTokenSource();
            frozen.Cancel();
        }

        public void Dispose()
        {
            _stop.Cancel();
            _listener.Dispose();
        }

        private async Task AcceptAsync()
        {
            while (!_stop.IsCancellationRequested)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                Interlocked.Increment(ref _accepted);
                var server = new TcpClient();
                await server.ConnectAsync(IPAddress.Loopback, _server.Port);
                var thawed = _thawed.Token;
                _ = PumpAsync(client, server, thawed);
                _ = PumpAsync(server, client, thawed);
            }
        }

        private async Task PumpAsync(TcpClient from, TcpClient to, CancellationToken frozen)
        {
            var buffer = new byte[64 << 10];
            try
            {
                while (await from.GetStream().ReadAsync(buffer, frozen) is > 0 and var count)
                    await to.GetStream().WriteAsync(buffer.AsMemory(0, count), frozen);
                to.Client.Shutdown(SocketShutdown.Send);
            }
            catch (Exception e) when (e is OperationCanceledException or IOException or SocketException or ObjectDisposedException)
            {
                if (!frozen.IsCancellationRequested) return;
                // The sockets stay open and silent.
                await Task.Delay(Timeout.Infinite, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                from.Dispose();
            }
        }
    }
}
