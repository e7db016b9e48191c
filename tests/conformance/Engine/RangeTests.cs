using ZonalStorage.Conformance.Hosts;

namespace ZonalStorage.Conformance.Engine;

/// <summary>Many ranges of an object in one batch.</summary>
public sealed class RangeTests(PeerServers servers)
{
    private const int Size = 40_000_007;

    [Theory(Timeout = Content.Patience)]
    [InlineData("", 1, false)]
    [InlineData("", 2, true)]
    [InlineData("chunk=10k,interleave", 3, false)]
    public async Task Random_ranges_are_answered_in_order(string behaviours, int seed, bool tls)
    {
        var server = await (tls ? servers.TlsAsync : servers.PlainAsync);
        await using var session = ZonalSession.Create(server.Options);
        var uri = PeerServer.Synthetic($"{Size}", behaviours);
        var ranges = RandomRanges(new Random(seed), 350);
        var index = 0;
        await foreach (var result in session.ReadRangesAsync(uri, ranges))
        {
            Assert.Equal(index, result.Index);
            Assert.Equal(ranges[index++], result.Range);
            Content.IsRight(Size, result);
        }

        Assert.Equal(ranges.Count, index);
        var journal = await server.CleanJournalAsync(uri);
        var messages = journal.Streams.SelectMany(stream => stream.Messages);
        Assert.All(messages, message => Assert.InRange(message.Count, 0, 100));
    }

    [Fact(Timeout = Content.Patience)]
    public async Task An_empty_range_never_reaches_the_wire()
    {
        // Length 0 means "to the end" there.
        var server = await servers.PlainAsync;
        await using var session = ZonalSession.Create(server.Options);
        var uri = PeerServer.Synthetic($"{Size}");
        var results = await ReadAsync(session, uri, [new(5, 0), new(10, 3), new(Size, 0), new(-4, 0), new(Size)]);
        Assert.All(results, result => Content.IsRight(Size, result));
        var journal = await server.CleanJournalAsync(uri);
        Assert.Equal(3, Assert.Single(journal.Ranges).Length);
    }

    [Fact(Timeout = Content.Patience)]
    public async Task Only_empty_ranges_need_no_range_on_the_wire()
    {
        var server = await servers.PlainAsync;
        await using var session = ZonalSession.Create(server.Options);
        var uri = PeerServer.Synthetic("1000");
        var results = await ReadAsync(session, uri, [new(0, 0), new(1000, 0), new(3, 0)]);
        Assert.All(results, result => Content.IsRight(1000, result));
        Assert.Empty((await server.CleanJournalAsync(uri)).Ranges);
    }

    [Theory(Timeout = Content.Patience)]
    [InlineData(0)]
    [InlineData(25)]
    [InlineData(50)]
    public async Task One_range_after_the_end_fails_alone(int position)
    {
        var server = await servers.PlainAsync;
        await using var session = ZonalSession.Create(server.Options);
        var uri = PeerServer.Synthetic($"{Size}");
        var ranges = Enumerable.Range(0, 51).Select(i => new ByteRange(i * 700_000L, 5_000)).ToList();
        ranges[position] = new ByteRange(Size + 1, 10);
        var results = await ReadAsync(session, uri, ranges);
        Assert.Equal("RangeOutOfBounds", results[position].Error?.ErrorId);
        Assert.Equal(ZonalStatusCode.OutOfRange, results[position].Error?.Code);
        Assert.Null(results[position].Data);
        Assert.All(results.Where(result => result.Index != position), result => Content.IsRight(Size, result));
        await server.CleanJournalAsync(uri);
    }

    [Theory(Timeout = Content.Patience)]
    [InlineData("range-error=DATA_LOSS@20m", ZonalStatusCode.DataLoss)]
    [InlineData("late-range-error=DATA_LOSS@20m", ZonalStatusCode.DataLoss)]
    [InlineData("range-error=PERMISSION_DENIED@20m", ZonalStatusCode.PermissionDenied)]
    [InlineData("late-range-error=OUT_OF_RANGE@20m", ZonalStatusCode.OutOfRange)]
    public async Task The_range_that_the_server_names_fails_alone(string behaviours, ZonalStatusCode code)
    {
        var server = await servers.PlainAsync;
        await using var session = ZonalSession.Create(server.Options);
        var uri = PeerServer.Synthetic($"{Size}", behaviours);
        var ranges = Enumerable.Range(0, 38).Select(i => new ByteRange(i << 20, 1 << 20)).ToList();
        var results = await ReadAsync(session, uri, ranges);
        Assert.Equal(code, results[20].Error?.Code);
        Assert.All(results.Where(result => result.Index != 20), result => Content.IsRight(Size, result));
        await server.CleanJournalAsync(uri);
    }

    [Fact(Timeout = Content.Patience)]
    public async Task Several_bad_ranges_fail_each_alone()
    {
        var server = await servers.PlainAsync;
        await using var session = ZonalSession.Create(server.Options);
        var uri = PeerServer.Synthetic(
            $"{Size}", "range-error=DATA_LOSS@3m,late-range-error=DATA_LOSS@7m,range-error=DATA_LOSS@11m");
        var ranges = Enumerable.Range(0, 38).Select(i => new ByteRange(i << 20, 1 << 20)).ToList();
        var results = await ReadAsync(session, uri, ranges);
        Assert.Equal([3, 7, 11], results.Where(result => result.Error is not null).Select(result => result.Index));
        Assert.All(results.Where(result => result.Error is null), result => Content.IsRight(Size, result));
        await server.CleanJournalAsync(uri);
    }

    [Theory(Timeout = Content.Patience)]
    [InlineData("zonal-bucket", "missing-object", "ObjectNotFound")]
    [InlineData("missing-bucket", "size-1m", "BucketNotFound")]
    public async Task What_cannot_be_opened_fails_every_range(string bucket, string name, string errorId)
    {
        var server = await servers.PlainAsync;
        await using var session = ZonalSession.Create(server.Options);
        var results = await ReadAsync(session, new ZonalUri(bucket, name), [new(0, 10), new(5, 0), new(-3)]);
        Assert.Equal(3, results.Count);
        Assert.All(results, result => Assert.Equal(errorId, result.Error?.ErrorId));
    }

    private static async Task<List<ZonalRangeResult>> ReadAsync(
        ZonalSession session, ZonalUri uri, IReadOnlyList<ByteRange> ranges)
    {
        var results = new List<ZonalRangeResult>();
        await foreach (var result in session.ReadRangesAsync(uri, ranges)) results.Add(result);
        return results;
    }

    private static List<ByteRange> RandomRanges(Random random, int count)
    {
        var ranges = new List<ByteRange>();
        while (ranges.Count < count)
        {
            var length = random.Next(5) == 0 ? random.Next(400_000) : random.Next(5_000);
            ranges.Add(random.Next(10) switch
            {
                0 => new ByteRange(-random.Next(1, 100_000), length),
                1 => new ByteRange(-random.Next(1, 100_000)),
                2 => new ByteRange(random.Next(Size), 0),
                3 => new ByteRange(Size - random.Next(2_000), 4_000),
                4 when ranges.Count > 0 => ranges[random.Next(ranges.Count)],
                5 when ranges.Count > 0 => ranges[^1] with { Length = length },
                _ => new ByteRange(random.Next(Size), length),
            });
        }

        return ranges;
    }
}
