using System.Threading.Channels;
using Xunit;
using ZonalStorage.Cmdlets.Operations;
using ZonalStorage.Tests.Engine;
using ZonalStorage.TestSupport;

namespace ZonalStorage.Tests.Cmdlets;

/// <summary>What cmdlets do, without PowerShell: a sink that records, and the emulator.</summary>
public sealed class OperationTests(EmulatorFixture emulator)
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Ranges_of_several_objects_come_in_the_order_asked_for()
    {
        await using var session = emulator.Open();
        using var sink = new RecordingSink();
        var random = new Random(3);
        var requests = Enumerable.Range(0, 1300).Select(i => new RangeRequest(
            EmulatorFixture.Named(i % 3 == 0 ? "size-1m" : "size-2m"),
            [.. Enumerable.Range(0, random.Next(5)).Select(_ => new ByteRange(random.Next(1 << 20), random.Next(300)))])).ToList();
        await new ReadRanges(session, sink) { AsResult = true }.RunAsync(Feed(requests)).WaitAsync(_limit);
        Assert.Empty(sink.Errors);
        var results = sink.Output.Cast<ZonalRangeResult>().ToList();
        Assert.Equal(requests.SelectMany(static r => r.Ranges), results.Select(static r => r.Range));
        Assert.Equal(requests.SelectMany(static r => r.Ranges.Select(_ => r.Uri.Name)), results.Select(static r => r.Uri.Name));
        Assert.All(results, static r => Assert.Equal(-1, SplitMixContent.FirstDifference(r.Offset, r.Data)));
        // Small results share their way to the pipeline.
        Assert.InRange(sink.Writes, 1, requests.Count / 2);
    }

    [Fact]
    public async Task A_range_that_fails_is_one_error_in_its_place()
    {
        await using var session = emulator.Open();
        using var sink = new RecordingSink();
        var good = EmulatorFixture.Named("size-1000");
        RangeRequest[] requests =
        [
            new(good, [new ByteRange(0, 1), new ByteRange(2000, 1)]), new(EmulatorFixture.Named("none"), [ByteRange.All, ByteRange.All]),
            new(good, [new ByteRange(0, 3)]),
        ];
        await new ReadRanges(session, sink).RunAsync(Feed(requests)).WaitAsync(_limit);
        Assert.Equal([1, 3], sink.Output.Select(static o => ((byte[])o!).Length));
        Assert.Equal(
            ["RangeOutOfBounds", "ObjectNotFound", "ObjectNotFound"], sink.Errors.Select(static e => ((ZonalException)e.Error).ErrorId));
        Assert.Equal(good, sink.Errors.First().Target);
    }

    [Fact]
    public async Task A_cut_range_is_told()
    {
        await using var session = emulator.Open();
        using var sink = new RecordingSink();
        await new ReadRanges(session, sink).RunAsync(Feed([new RangeRequest(EmulatorFixture.Named("size-100"), [new ByteRange(90, 20)])]));
        Assert.Contains("10 bytes", Assert.Single(sink.Verbose), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sink_that_wants_no_more_ends_the_reads()
    {
        await using var session = emulator.Open();
        using var sink = new RecordingSink(wanted: 5);
        var requests = Enumerable.Range(0, 5000).Select(static i => new RangeRequest(EmulatorFixture.Named("size-64m"), [new ByteRange(i * 100, 4096)]));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => new ReadRanges(session, sink).RunAsync(Feed(requests)).WaitAsync(_limit));
        Assert.Equal(5, sink.Output.Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1024)]
    public async Task A_slow_consumer_holds_the_reads_back(int rangesOfRecord)
    {
        await using var session = emulator.Open();
        using var sink = new RecordingSink();
        var consumer = new TaskCompletionSource();
        sink.Consumer = consumer.Task;
        // Above 4 GiB the emulator needs no seconds for a checksum of it all.
        var uri = EmulatorFixture.Named("size-5g");
        // 4 GiB in all; a batch takes 64 MiB, and two are under way while a third waits.
        var requests = Enumerable.Range(0, 1024).Select(i => new ByteRange(i * 4L << 20, 4 << 20)).Chunk(rangesOfRecord)
            .Select(ranges => new RangeRequest(uri, ranges));
        var run = new ReadRanges(session, sink).RunAsync(Feed(requests));
        await Task.Delay(1000);
        Assert.InRange(session.BytesRead, 1, 256 << 20);
        sink.Stop();
        consumer.SetResult();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.WaitAsync(_limit));
    }

    [Fact]
    public async Task Objects_come_in_order_and_failures_are_errors()
    {
        await using var session = emulator.Open();
        using var sink = new RecordingSink();
        var requests = new[] { "size-3m", "none", "size-1", "size-200k" }.Select(static n => new ObjectRequest(EmulatorFixture.Named(n), ByteRange.All, null));
        await new GetObjects(session, sink).RunAsync(Feed(requests)).WaitAsync(_limit);
        Assert.Equal([3 << 20, 1, 200 << 10], sink.Output.Select(static o => ((byte[])o!).Length));
        Assert.Equal(EmulatorFixture.Named("none"), Assert.Single(sink.Errors).Target);
        Assert.StartsWith("Read 3.2 MiB", sink.Progress.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_buffer_is_filled_as_far_as_the_object_goes()
    {
        await using var session = emulator.Open();
        using var sink = new RecordingSink();
        var buffer = new byte[100];
        var fill = new FillBuffer(session, sink);
        await fill.RunAsync(EmulatorFixture.Named("size-1000"), [new ByteRange(-30)], buffer);
        Assert.Equal(30, Assert.Single(sink.Output));
        Assert.Equal(-1, SplitMixContent.FirstDifference(970, buffer.AsSpan(0, 30)));
        await fill.RunAsync(EmulatorFixture.Named("size-1000"), [new ByteRange(0, 101)], buffer);
        await fill.RunAsync(EmulatorFixture.Named("size-1000"), [new ByteRange(1001)], buffer);
        Assert.Collection(
            sink.Errors,
            static e => Assert.IsType<ArgumentException>(e.Error),
            static e => Assert.Equal("RangeOutOfBounds", Assert.IsType<ZonalException>(e.Error).ErrorId));
    }

    private static ChannelReader<T> Feed<T>(IEnumerable<T> items)
    {
        var feed = Channel.CreateUnbounded<T>();
        foreach (var item in items) feed.Writer.TryWrite(item);
        feed.Writer.Complete();
        return feed.Reader;
    }
}
