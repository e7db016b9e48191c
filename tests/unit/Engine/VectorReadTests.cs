using Xunit;
using ZonalStorage.TestSupport;

namespace ZonalStorage.Tests.Engine;

/// <summary>Many ranges into one buffer.</summary>
public sealed class VectorReadTests(EmulatorFixture emulator)
{
    private const int Size = 40_000_003;

    private static readonly string _name = $"size-{Size}";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1, 1, 60_000_000)]
    [InlineData(2, 40, 5_000_000)]
    [InlineData(3, 700, 200_000)]
    [InlineData(4, 9_000, 5_000)]
    [InlineData(5, 20_000, 3)]
    public async Task Any_ranges_fill_the_buffer_one_after_another(int seed, int count, int longest)
    {
        await using var session = emulator.Open();
        await RunAsync(session, Ranges(seed, count, longest));
        Assert.Equal(0, session.GetMetrics().BytesInFlight);
    }

    [Theory]
    [InlineData("return-broken-stream-after-3000K", "return-503", "drop-connection-after-5000K")]
    [InlineData("corrupt-chunk", "short-range", "redirect-after-3000K-token-abc")]
    [InlineData("ok-after-1024K", "wrong-crc-2", "stall-after-1000K-300ms")]
    public async Task They_do_when_streams_break(params string[] faults)
    {
        await using var session = await emulator.OpenFaultyAsync(faults);
        await RunAsync(session, Ranges(seed: 6, count: 3_000, longest: 20_000));
    }

    [Fact]
    public async Task What_follows_in_the_object_too_is_one_read()
    {
        await using var session = emulator.Open();
        await using var reader = await session.OpenAsync(EmulatorFixture.Named(_name), ZonalReaderOptions.Direct, Stop);
        var chunks = Chunks();
        var buffer = new byte[1_000_000];
        ByteRange[] ranges = [.. Enumerable.Range(0, 10_000).Select(static i => new ByteRange(500_000 + i * 100, 100))];
        Assert.Equal(buffer.Length, await reader.ReadAsync(ranges, buffer, cancellationToken: Stop));
        Assert.Equal(-1, SplitMixContent.FirstDifference(500_000, buffer));
        Assert.InRange(Chunks() - chunks, 1, 10);

        // Copied by whichever thread: where there are many processors large ones are handed over.
        long Chunks()
        {
            var metrics = session.GetMetrics();
            return metrics.CopiesInline + metrics.CopiesHandedOver;
        }
    }

    [Fact]
    public async Task Nothing_is_asked_for_where_the_buffer_is_too_small_or_a_range_is_outside()
    {
        await using var session = emulator.Open();
        await using var reader = await session.OpenAsync(EmulatorFixture.Named(_name), ZonalReaderOptions.Direct, Stop);
        var read = session.BytesRead;
        await Assert.ThrowsAsync<ArgumentException>(
            () => reader.ReadAsync([new ByteRange(0, 6), new ByteRange(-5)], new byte[10], cancellationToken: Stop));
        var error = await Assert.ThrowsAsync<ZonalException>(
            () => reader.ReadAsync([new ByteRange(0, 6), new ByteRange(Size + 1)], new byte[10], cancellationToken: Stop));
        Assert.Equal("RangeOutOfBounds", error.ErrorId);
        Assert.Equal(0, await reader.ReadAsync([], new byte[10], cancellationToken: Stop));
        Assert.Equal(0, await reader.ReadAsync([new ByteRange(Size), new ByteRange(7, 0)], default, cancellationToken: Stop));
        Assert.Equal(read, session.BytesRead);
    }

    [Fact]
    public async Task After_a_cancellation_the_buffer_is_the_callers()
    {
        await using var slow = await EmulatorProcess.StartAsync("--bandwidth-per-stream", "5000000");
        await using var session = ZonalSession.Create(new ZonalSessionOptions { Endpoint = slow.Endpoint });
        await using var reader = await session.OpenAsync(EmulatorFixture.Named(_name), ZonalReaderOptions.Direct, Stop);
        var buffer = new byte[30_000_000];
        ByteRange[] ranges = [.. Enumerable.Range(0, 6_000).Select(static i => new ByteRange(i * 6_000, 5_000))];
        using var cancel = new CancellationTokenSource();
        var read = reader.ReadAsync(ranges, buffer, cancellationToken: cancel.Token);
        while (session.BytesRead < 1_000_000) await Task.Delay(10, Stop);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read.WaitAsync(TimeSpan.FromSeconds(10), Stop));
        Array.Clear(buffer);
        await Task.Delay(300, Stop);
        Assert.Equal(-1, buffer.AsSpan().IndexOfAnyExcept((byte)0));
    }

    private static ByteRange[] Ranges(int seed, int count, int longest)
    {
        var random = new Random(seed);
        var ranges = new ByteRange[count];
        for (var i = 0; i < count; i++)
        {
            var length = random.Next(longest);
            ranges[i] = random.Next(4) switch
            {
                0 when i > 0 && ranges[i - 1] is { Offset: >= 0, Length: { } before } last && last.Offset + before <= Size =>
                    new ByteRange(last.Offset + before, length),
                1 => new ByteRange(-random.Next(1, longest + 1), length),
                _ => new ByteRange(random.Next(Size + 1), length),
            };
        }

        return ranges;
    }

    private static async Task RunAsync(ZonalSession session, ByteRange[] ranges)
    {
        await using var reader = await session.OpenAsync(EmulatorFixture.Named(_name), ZonalReaderOptions.Direct, Stop);
        var extents = Array.ConvertAll(ranges, reader.Clamp);
        var bytes = (int)extents.Sum(static e => e.Length);
        var buffer = new byte[bytes + 1];
        Array.Fill(buffer, (byte)0xEE);
        Assert.Equal(bytes, await reader.ReadAsync(ranges, buffer, cancellationToken: Stop));
        var position = 0;
        foreach (var (offset, length) in extents)
        {
            Assert.Equal(-1, SplitMixContent.FirstDifference(offset, buffer.AsSpan(position, (int)length)));
            position += (int)length;
        }

        Assert.Equal(0xEE, buffer[bytes]);
    }
}
