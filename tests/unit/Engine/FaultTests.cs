using Xunit;
using ZonalStorage.TestSupport;

namespace ZonalStorage.Tests.Engine;

/// <summary>Whatever a server does to a stream: right bytes, or a clear error in bounded time.</summary>
public sealed class FaultTests(EmulatorFixture emulator)
{
    private const int Size = 12_000_001;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static TheoryData<string[]> Survivable => new(
        new[] { "return-503" }, new[] { "return-500", "return-429", "return-504" }, new[] { "return-reset-connection" },
        new[] { "return-broken-stream" }, new[] { "return-broken-stream-after-256K", "return-broken-stream-after-5000K" },
        new[] { "return-503-retry-in-100ms" }, new[] { "abort-without-detail" }, new[] { "ok-after-1024K" },
        new[] { "redirect-send-token-abc" }, new[] { "redirect-send-handle-and-token-abc" },
        new[] { "redirect-after-3000K-token-abc" }, new[] { "redirect-send-token-a", "redirect-send-token-b", "redirect-send-token-c" },
        new[] { "require-token-xyz" }, new[] { "corrupt-chunk" }, new[] { "wrong-crc-2" },
        new[] { "short-range" }, new[] { "no-range-end" }, new[] { "double-range-end" }, new[] { "unknown-id" },
        new[] { "empty-messages" }, new[] { "misplaced-chunk" }, new[] { "overlapping-chunk" }, new[] { "duplicate-chunk" },
        new[] { "swapped-chunks" }, new[] { "rst-stream-7" }, new[] { "rst-stream-2-after-1000K" }, new[] { "rst-stream-8-after-1000K" },
        new[] { "drop-connection" }, new[] { "drop-connection-after-3000K" }, new[] { "goaway" }, new[] { "goaway-after-1000K" },
        new[] { "stall-before-data-300ms" }, new[] { "stall-after-1000K-300ms" }, new[] { "stall-for-300ms" },
        new[] { "return-broken-stream-after-1000K", "reject-handle" }, new[] { "slow-drip-10ms" }, new[] { "cut-frame-after-3000K" },
        new[] { "small-frames-16K" }, new[] { "small-frames-500" }, new[] { "padded-frames-255" }, new[] { "padded-frames-0" },
        new[] { "settings-storm" }, new[] { "max-streams-1" }, new[] { "tiny-windows-64" }, new[] { "tiny-windows-1" },
        new[] { "huge-headers-40K" }, new[] { "huge-headers-200K" }, new[] { "huge-trailers-200K+return-503-after-1000K" },
        new[] { "settings-storm+small-frames-16K+padded-frames-17+tiny-windows-100" });

    [Theory]
    [MemberData(nameof(Survivable))]
    public async Task Whole_objects_survive(string[] faults)
    {
        await using var session = await emulator.OpenFaultyAsync(faults);
        var bytes = await session.ReadAsync(EmulatorFixture.Named($"size-{Size}"), cancellationToken: Stop)
            .WaitAsync(TimeSpan.FromSeconds(20), Stop);
        Assert.Equal(Size, bytes.Length);
        Assert.Equal(-1, SplitMixContent.FirstDifference(0, bytes));
    }

    [Theory]
    [MemberData(nameof(Survivable))]
    public async Task Batches_of_ranges_survive(string[] faults)
    {
        await using var session = await emulator.OpenFaultyAsync(faults);
        var ranges = Enumerable.Range(0, 150).Select(static i => new ByteRange(i * 70_001L, 60_000)).ToArray();
        var count = 0;
        await foreach (var result in session.ReadRangesAsync(EmulatorFixture.Named($"size-{Size}"), ranges, cancellationToken: Stop))
        {
            Assert.Null(result.Error);
            Assert.Equal(60_000, result.Data!.Length);
            Assert.Equal(-1, SplitMixContent.FirstDifference(result.Offset, result.Data));
            count++;
        }

        Assert.Equal(150, count);
    }

    [Fact]
    public async Task Content_without_a_checksum_is_refused_wherever_it_is_read()
    {
        await using var session = await emulator.OpenFaultyAsync([.. Enumerable.Repeat("no-crc", 50)]);
        var uri = EmulatorFixture.Named($"size-{Size}");
        AssertRefused(await Assert.ThrowsAsync<ZonalException>(() => session.ReadAsync(uri, cancellationToken: Stop)));
        var results = await session.ReadRangesAsync(uri, [new ByteRange(5, 10), new ByteRange(70_000, 10)], cancellationToken: Stop)
            .ToListAsync(Stop);
        Assert.All(results, static r => AssertRefused(r.Error!));
        await using var reader = await session.OpenAsync(uri, Stop);
        AssertRefused(await Assert.ThrowsAsync<ZonalException>(async () => await reader.ReadAsync(9, new byte[100], cancellationToken: Stop)));
        AssertRefused(await Assert.ThrowsAsync<ZonalException>(
            () => reader.ReadAsync([new ByteRange(5, 10)], new byte[100], cancellationToken: Stop)));
        Assert.Equal((0, 0), (session.BytesRead, session.GetMetrics().UncheckedChunks));

        static void AssertRefused(ZonalException error) => Assert.Equal("ChecksumMissing", error.ErrorId);
    }

    [Fact]
    public async Task Content_without_a_checksum_is_taken_where_that_is_allowed_and_counted()
    {
        await using var session = await emulator.OpenFaultyAsync(["no-crc"], change: static o => o with { AllowMissingChecksums = true });
        var bytes = await session.ReadAsync(EmulatorFixture.Named("size-3000"), cancellationToken: Stop);
        Assert.Equal(-1, SplitMixContent.FirstDifference(0, bytes));
        var metrics = session.GetMetrics();
        Assert.Equal((1, 0), (metrics.UncheckedChunks, metrics.RangesAskedAgain));
    }

    [Fact]
    public async Task A_range_that_the_server_refuses_fails_alone()
    {
        await using var session = await emulator.OpenFaultyAsync(["range-error-3"]);
        var ranges = Enumerable.Range(0, 20).Select(static i => new ByteRange(i * 1000L, 1000)).ToArray();
        var results = await session.ReadRangesAsync(EmulatorFixture.Named($"size-{Size}"), ranges, cancellationToken: Stop)
            .ToListAsync(Stop);
        Assert.Single(results, static r => r.Error is { Code: ZonalStatusCode.OutOfRange });
        Assert.All(results.Where(static r => r.Error is null), static r =>
            Assert.Equal(-1, SplitMixContent.FirstDifference(r.Offset, r.Data!)));
    }

    [Theory]
    [InlineData("redirect-loop", "TooManyRedirects")]
    [InlineData("corrupt-chunk-0", "ChecksumMismatch")]
    [InlineData("wrong-crc-0", "ChecksumMismatch")]
    public async Task What_never_ends_is_ended(string fault, string errorId)
    {
        // A fault that stays, and one for each further stream.
        await using var session = await emulator.OpenFaultyAsync([.. Enumerable.Repeat(fault, 12)]);
        var error = await Assert.ThrowsAsync<ZonalException>(() => session
            .ReadAsync(EmulatorFixture.Named($"size-{Size}"), cancellationToken: Stop).WaitAsync(TimeSpan.FromSeconds(20), Stop));
        Assert.Equal(errorId, error.ErrorId);
    }

    [Fact]
    public async Task An_object_that_grows_is_read_as_far_as_the_open_told()
    {
        await using var session = await emulator.OpenFaultyAsync(["smaller-when-opened"]);
        var bytes = await session.ReadAsync(EmulatorFixture.Named($"size-{Size}"), cancellationToken: Stop);
        Assert.Equal(Size / 2, bytes.Length);
        Assert.Equal(-1, SplitMixContent.FirstDifference(0, bytes));
    }

    [Fact]
    public async Task By_rate_some_streams_suffer_and_every_byte_is_right()
    {
        await using var faulty = await EmulatorProcess.StartAsync(
            "--fault", "return-broken-stream-after-100K", "--fault", "corrupt-chunk", "--fault", "cut-frame-after-0",
            "--fault-rate", "0.3", "--fault-seed", "7");
        await using var session = ZonalSession.Create(new ZonalSessionOptions { Endpoint = faulty.Endpoint });
        for (var i = 0; i < 60; i++)
        {
            var bytes = await session.ReadAsync(EmulatorFixture.Named($"size-{400_000 + i}"), cancellationToken: Stop);
            Assert.Equal(-1, SplitMixContent.FirstDifference(0, bytes));
        }

        using var http = new HttpClient();
        var stats = await http.GetStringAsync(new Uri(faulty.Admin, "stats"), Stop);
        Assert.Contains("corrupt-chunk", stats, StringComparison.Ordinal);
        Assert.InRange(session.BrokenStreams, 5, 60);
    }

    [Theory]
    [InlineData(900)]
    [InlineData(Size)]
    public async Task A_whole_object_is_compared_with_the_objects_own_checksum(int size)
    {
        await using var session = await emulator.OpenFaultyAsync(["wrong-object-crc", "wrong-object-crc"]);
        var uri = EmulatorFixture.Named($"size-{size}");
        var error = await Assert.ThrowsAsync<ZonalException>(() => session.ReadAsync(uri, cancellationToken: Stop));
        Assert.Equal("ChecksumMismatch", error.ErrorId);
        // A part of it says nothing about the whole.
        Assert.Equal(size - 1, (await session.ReadAsync(uri, new ByteRange(1), cancellationToken: Stop)).Length);
    }

    [Fact]
    public async Task Attempts_are_bounded()
    {
        await using var session = await emulator.OpenFaultyAsync(
            [.. Enumerable.Repeat("return-503", 50)], change: static o => o with { MaximumAttempts = 3 });
        var error = await Assert.ThrowsAsync<ZonalException>(
            () => session.ReadAsync(EmulatorFixture.Named("size-1m"), cancellationToken: Stop));
        Assert.Equal(ZonalStatusCode.Unavailable, error.Code);
        Assert.Contains("3 attempts", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_that_stalls_is_given_up_and_resumed()
    {
        await using var session = await emulator.OpenFaultyAsync(
            ["stall-after-1000K-60s"], change: static o => o with { StallTimeout = TimeSpan.FromSeconds(1) });
        var bytes = await session.ReadAsync(EmulatorFixture.Named($"size-{Size}"), cancellationToken: Stop)
            .WaitAsync(TimeSpan.FromSeconds(20), Stop);
        Assert.Equal(-1, SplitMixContent.FirstDifference(0, bytes));
    }

    [Fact]
    public async Task A_read_that_may_not_last_long_does_not_wait_for_a_stall()
    {
        await using var session = await emulator.OpenFaultyAsync(
            [.. Enumerable.Repeat("stall-after-1000K-60s", 20)],
            change: static o => o with { ResumeTimeout = TimeSpan.FromSeconds(1) });
        await Assert.ThrowsAsync<ZonalException>(() => session
            .ReadAsync(EmulatorFixture.Named($"size-{Size}"), cancellationToken: Stop).WaitAsync(TimeSpan.FromSeconds(10), Stop));
    }

    [Fact]
    public async Task Unary_calls_are_repeated()
    {
        await using var session = await emulator.OpenFaultyAsync(["return-503", "return-504"]);
        Assert.Equal(1 << 20, (await session.GetObjectInfoAsync(EmulatorFixture.Named("size-1m"), Stop)).Size);
    }
}
