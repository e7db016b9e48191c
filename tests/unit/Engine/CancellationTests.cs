using System.Diagnostics;
using Xunit;
using ZonalStorage.TestSupport;

namespace ZonalStorage.Tests.Engine;

/// <summary>Stopping in the midst of things: promptly, with nothing left over.</summary>
public sealed class CancellationTests(EmulatorFixture emulator)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_cancelled_read_ends_at_once_and_leaves_no_stream()
    {
        await using var slow = await EmulatorProcess.StartAsync("--bandwidth-per-stream", "5000000");
        await using var session = ZonalSession.Create(new ZonalSessionOptions { Endpoint = slow.Endpoint });
        var destination = new byte[200_000_000];
        await using (var reader = await session.OpenAsync(EmulatorFixture.Named("size-200000000"), Stop))
        {
            using var cancel = new CancellationTokenSource();
            var read = reader.ReadAsync(0, destination, cancellationToken: cancel.Token).AsTask();
            await Task.Delay(500, Stop);
            var clock = Stopwatch.StartNew();
            await cancel.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
            Assert.True(clock.ElapsedMilliseconds < 100, $"took {clock.ElapsedMilliseconds} ms");
            Array.Fill(destination, (byte)0);
            await Task.Delay(300, Stop);
            Assert.Equal(-1, destination.AsSpan().IndexOfAnyExcept((byte)0));
        }

        Assert.Equal(0, session.StreamCount);
        await UntilNoStreamAsync(slow);
    }

    [Fact]
    public async Task A_cancelled_download_leaves_no_file()
    {
        await using var slow = await EmulatorProcess.StartAsync("--bandwidth-per-stream", "5000000");
        await using var session = ZonalSession.Create(new ZonalSessionOptions { Endpoint = slow.Endpoint });
        var folder = Directory.CreateTempSubdirectory("zonal");
        try
        {
            using var cancel = new CancellationTokenSource(700);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => session.DownloadAsync(
                EmulatorFixture.Named("size-200000000"), Path.Combine(folder.FullName, "x"), cancellationToken: cancel.Token));
            Assert.Empty(folder.GetFileSystemInfos());
            await UntilNoStreamAsync(slow);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Closing_a_session_ends_what_it_reads()
    {
        await using var slow = await EmulatorProcess.StartAsync("--bandwidth-per-stream", "5000000");
        var session = ZonalSession.Create(new ZonalSessionOptions { Endpoint = slow.Endpoint });
        var read = session.ReadAsync(EmulatorFixture.Named("size-200000000"), cancellationToken: Stop);
        await Task.Delay(500, Stop);
        var clock = Stopwatch.StartNew();
        await session.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => read);
        Assert.True(clock.ElapsedMilliseconds < 2000, $"took {clock.ElapsedMilliseconds} ms");
        await Assert.ThrowsAsync<ObjectDisposedException>(
            () => session.ReadAsync(EmulatorFixture.Named("size-1"), cancellationToken: Stop));
        await UntilNoStreamAsync(slow);
    }

    [Fact]
    public async Task Leaving_a_batch_early_gives_up_the_rest()
    {
        await using var slow = await EmulatorProcess.StartAsync("--bandwidth-per-stream", "5000000");
        await using var session = ZonalSession.Create(new ZonalSessionOptions { Endpoint = slow.Endpoint });
        var ranges = Enumerable.Range(0, 100).Select(static i => new ByteRange(i * 1_000_000L, 1_000_000)).ToArray();
        await foreach (var result in session.ReadRangesAsync(EmulatorFixture.Named("size-200000000"), ranges, cancellationToken: Stop))
        {
            Assert.Null(result.Error);
            break;
        }

        await UntilNoStreamAsync(slow);
    }

    [Fact]
    public async Task A_server_that_dies_in_the_middle_is_tried_again_until_attempts_are_used_up()
    {
        var slow = await EmulatorProcess.StartAsync("--bandwidth-per-stream", "5000000");
        await using var session = ZonalSession.Create(
            new ZonalSessionOptions { Endpoint = slow.Endpoint, MaximumAttempts = 4 });
        var progress = new ZonalProgress();
        var read = session.ReadAsync(EmulatorFixture.Named("size-200000000"), progress: progress, cancellationToken: Stop);
        while (progress.Bytes == 0) await Task.Delay(20, Stop);
        await slow.DisposeAsync();
        var error = await Assert.ThrowsAsync<ZonalException>(() => read.WaitAsync(TimeSpan.FromSeconds(20), Stop));
        Assert.Equal(ZonalStatusCode.Unavailable, error.Code);
        Assert.Contains("4 attempts", error.Message, StringComparison.Ordinal);
    }

    private static async Task UntilNoStreamAsync(EmulatorProcess emulator)
    {
        using var http = new HttpClient();
        var clock = Stopwatch.StartNew();
        while (true)
        {
            var stats = await http.GetStringAsync(new Uri(emulator.Admin, "stats"), Stop);
            if (stats.Replace(" ", "", StringComparison.Ordinal).Contains("\"open_streams\":0", StringComparison.Ordinal)) return;
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(2), stats);
            await Task.Delay(20, Stop);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task Reads_are_right_while_others_on_their_stream_are_given_up(int copyWorkers)
    {
        // A read of many bytes that is cancelled takes its stream along; the ranges of the others go on elsewhere, from
        // wherever a chunk of theirs just was.
        await using var session = emulator.Open(o => o with { CopyWorkers = copyWorkers, StreamsPerObject = 1 });
        await using var reader = await session.OpenAsync(
            EmulatorFixture.Named("size-64m"), ZonalReaderOptions.Direct, Stop);
        using var end = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        var readers = Enumerable.Range(0, 4).Select(async index =>
        {
            await Task.Yield();
            var buffer = new byte[2 << 20];
            var random = new Random(index);
            while (!end.IsCancellationRequested)
            {
                var offset = random.Next(32) * (2L << 20);
                await reader.ReadAsync(offset, buffer, cancellationToken: Stop).AsTask().WaitAsync(TimeSpan.FromSeconds(30), Stop);
                Assert.Equal(-1, SplitMixContent.FirstDifference(offset, buffer));
            }
        }).ToArray();
        var large = new byte[48 << 20];
        while (!end.IsCancellationRequested)
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(Stop);
            var reading = reader.ReadAsync(0, large, cancellationToken: stop.Token).AsTask();
            await Task.Delay(5, Stop);
            await stop.CancelAsync();
            await reading.ContinueWith(static _ => { }, TaskScheduler.Default);
        }

        await Task.WhenAll(readers);
    }
}
