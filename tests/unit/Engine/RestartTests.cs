using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Xunit;
using ZonalStorage.TestSupport;

namespace ZonalStorage.Tests.Engine;

/// <summary>A server that is killed and comes back on its port: reads go on, whatever they were at when it happened.</summary>
public sealed class RestartTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan _down = TimeSpan.FromSeconds(3);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Reads_of_every_kind_go_on_after_a_restart()
    {
        var port = FreePort();
        var server = await StartAsync(port);
        await using var session = ZonalSession.Create(
            new ZonalSessionOptions { Endpoint = new Uri($"http://127.0.0.1:{port}"), CallTimeout = TimeSpan.FromSeconds(10) });
        await using var reader = await session.OpenAsync(EmulatorFixture.Named("size-60000000"), Stop);
        var folder = Directory.CreateTempSubdirectory("zonal");
        try
        {
            var progress = new ZonalProgress();
            var file = Path.Combine(folder.FullName, "whole");
            var whole = session.ReadAsync(EmulatorFixture.Named("size-40000000"), progress: progress, cancellationToken: Stop);
            var saved = session.DownloadAsync(EmulatorFixture.Named("size-40000001"), file, cancellationToken: Stop);
            var ranges = session.ReadRangesAsync(
                EmulatorFixture.Named("size-50000000"), [.. Enumerable.Range(0, 400).Select(static i => new ByteRange(i * 100_003L, 90_000))],
                cancellationToken: Stop).ToListAsync(Stop).AsTask();
            // Read by small blocks, so that it is read ahead when the server dies, and synchronously, as archives do.
            var scanned = Task.Run(
                () =>
                {
                    using var stream = session.OpenStreamAsync(EmulatorFixture.Named("size-300000000"), null, Stop).GetAwaiter().GetResult();
                    var block = new byte[100_000];
                    for (long offset = 0; offset < stream.Length; offset += block.Length)
                    {
                        stream.ReadExactly(block);
                        IsRight(offset, block.Length, block);
                    }
                },
                Stop);
            while (progress.Bytes == 0) await Task.Delay(5, Stop);
            await server.DisposeAsync();
            // While it is down: an object that was never asked for, a reader that is open, and a stat.
            var first = session.ReadAsync(EmulatorFixture.Named("size-3000000"), cancellationToken: Stop);
            var buffer = new byte[5_000_000];
            var opened = reader.ReadAsync(7_000_001, buffer, cancellationToken: Stop).AsTask();
            var stat = session.GetObjectInfoAsync(EmulatorFixture.Named("size-77"), Stop);
            await Task.Delay(_down, Stop);
            server = await StartAsync(port);

            await Task.WhenAll(whole, saved, ranges, scanned, first, opened, stat).WaitAsync(_patience, Stop);
            IsRight(0, 40_000_000, await whole);
            IsRight(0, 40_000_001, await File.ReadAllBytesAsync(file, Stop));
            IsRight(0, 3_000_000, await first);
            IsRight(7_000_001, 5_000_000, buffer);
            Assert.Equal(77, (await stat).Size);
            Assert.All(await ranges, static r =>
            {
                Assert.Null(r.Error);
                IsRight(r.Offset, 90_000, r.Data!);
            });
        }
        finally
        {
            await server.DisposeAsync();
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task A_server_that_stays_dead_is_an_error_within_the_configured_time()
    {
        var port = FreePort();
        var server = await StartAsync(port);
        await using var session = ZonalSession.Create(new ZonalSessionOptions
        {
            Endpoint = new Uri($"http://127.0.0.1:{port}"), ResumeTimeout = TimeSpan.FromSeconds(2), MaximumAttempts = 100,
        });
        await using var reader = await session.OpenAsync(EmulatorFixture.Named("size-60000000"), Stop);
        await server.DisposeAsync();
        var clock = Stopwatch.StartNew();
        var reads = new[]
        {
            reader.ReadAsync(0, new byte[1000], cancellationToken: Stop).AsTask(),
            session.ReadAsync(EmulatorFixture.Named("size-3000000"), cancellationToken: Stop),
            session.GetObjectInfoAsync(EmulatorFixture.Named("size-77"), Stop) as Task,
        };
        foreach (var read in reads)
        {
            var error = await Assert.ThrowsAsync<ZonalException>(() => read.WaitAsync(TimeSpan.FromSeconds(30), Stop));
            Assert.Equal("EndpointUnreachable", error.ErrorId);
        }

        // Two seconds, and what a busy machine adds.
        Assert.InRange(clock.Elapsed, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task A_server_that_never_was_there_is_an_error_at_once()
    {
        await using var session = ZonalSession.Create(new ZonalSessionOptions { Endpoint = new Uri($"http://127.0.0.1:{FreePort()}") });
        var clock = Stopwatch.StartNew();
        foreach (var attempt in new Func<Task>[]
        {
            () => session.ConnectAsync(Stop),
            () => session.ReadAsync(EmulatorFixture.Named("size-1"), cancellationToken: Stop),
            () => session.GetObjectInfoAsync(EmulatorFixture.Named("size-1"), Stop),
        })
        {
            Assert.Equal("EndpointUnreachable", (await Assert.ThrowsAsync<ZonalException>(attempt)).ErrorId);
        }

        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(5), $"took {clock.Elapsed}");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static Task<EmulatorProcess> StartAsync(int port) => EmulatorProcess.StartAsync(
        "--port", port.ToString(CultureInfo.InvariantCulture), "--bandwidth-per-stream", "8000000");

    private static void IsRight(long offset, int length, byte[] bytes)
    {
        Assert.Equal(length, bytes.Length);
        Assert.Equal(-1, SplitMixContent.FirstDifference(offset, bytes));
    }
}
