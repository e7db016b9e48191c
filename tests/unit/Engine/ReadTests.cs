using System.Security.Cryptography;
using Xunit;
using ZonalStorage.Memory;
using ZonalStorage.Reading;
using ZonalStorage.TestSupport;

namespace ZonalStorage.Tests.Engine;

public sealed class ReadTests(EmulatorFixture emulator)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("size-0")]
    [InlineData("size-1")]
    [InlineData("size-4k")]
    [InlineData("size-1m")]
    [InlineData("size-1048577")]
    [InlineData("size-5000000")]
    [InlineData("size-33554433")]
    public async Task Whole_objects_are_right(string name)
    {
        await using var session = emulator.Open();
        var bytes = await session.ReadAsync(EmulatorFixture.Named(name), cancellationToken: Stop);
        var info = await session.GetObjectInfoAsync(EmulatorFixture.Named(name), Stop);
        Assert.Equal(info.Size, bytes.Length);
        Assert.Equal(info.Size, session.BytesRead);
        Assert.Equal(-1, SplitMixContent.FirstDifference(0, bytes));
    }

    [Theory]
    [InlineData(0, 10L, 0, 10)]
    [InlineData(0, 0L, 0, 0)]
    [InlineData(4096, null, 4096, 95904)]
    [InlineData(-10, null, 99990, 10)]
    [InlineData(-10, 4L, 99990, 4)]
    [InlineData(-200000, null, 0, 100000)]
    [InlineData(99999, 100L, 99999, 1)]
    [InlineData(100000, null, 100000, 0)]
    [InlineData(100000, 5L, 100000, 0)]
    public async Task Slices_are_right(long offset, long? length, long start, int count)
    {
        await using var session = emulator.Open();
        var bytes = await session.ReadAsync(
            EmulatorFixture.Named("size-100000"), new ByteRange(offset, length), cancellationToken: Stop);
        Assert.Equal(count, bytes.Length);
        Assert.Equal(-1, SplitMixContent.FirstDifference(start, bytes));
    }

    [Theory]
    [InlineData(100001, null)]
    [InlineData(100001, 0L)]
    [InlineData(200000, 7L)]
    public async Task A_slice_behind_the_end_is_an_error(long offset, long? length)
    {
        await using var session = emulator.Open();
        var error = await Assert.ThrowsAsync<ZonalException>(() => session.ReadAsync(
            EmulatorFixture.Named("size-100000"), new ByteRange(offset, length), cancellationToken: Stop));
        Assert.Equal(("RangeOutOfBounds", ZonalStatusCode.OutOfRange), (error.ErrorId, error.Code));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task Random_ranges_are_right_in_their_order(int copyWorkers)
    {
        const int Size = 20_000_003;
        var random = new Random(11);
        var ranges = Enumerable.Range(0, 200).Select(i => (i % 10) switch
        {
            0 => new ByteRange(-random.Next(1, Size)),
            1 => new ByteRange(random.Next(Size), 0),
            2 => new ByteRange(Size - random.Next(100), 5000),
            3 => new ByteRange(-random.Next(1, 5000), random.Next(6000)),
            4 => new ByteRange(random.Next(Size - 8_000_000), 7_000_000),
            _ => new ByteRange(random.Next(Size), random.Next(300_000)),
        }).ToArray();
        // Duplicates and overlaps.
        for (var i = 50; i < 60; i++) ranges[i] = ranges[i + 100];

        await using var session = emulator.Open(o => o with { CopyWorkers = copyWorkers });
        var index = 0;
        await foreach (var result in session.ReadRangesAsync(EmulatorFixture.Named($"size-{Size}"), ranges, cancellationToken: Stop))
        {
            var (start, count) = ranges[index].Resolve(Size);
            Assert.Null(result.Error);
            Assert.Equal((index, start, (long)count), (result.Index, result.Offset, result.Data!.Length));
            Assert.Equal(-1, SplitMixContent.FirstDifference(start, result.Data));
            index++;
        }

        Assert.Equal(ranges.Length, index);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(16 << 10)]
    [InlineData(4 << 20)]
    public async Task Batches_of_any_size_are_right_whatever_is_joined(int gap)
    {
        const int Size = 50_000_001;
        var random = new Random(gap);
        var ranges = Enumerable.Range(0, 5000).Select(i => (i % 50) switch
        {
            0 => new ByteRange(-random.Next(1, 20_000)),
            1 => new ByteRange(Size + random.Next(0, 2) * 5, 4096),
            _ => new ByteRange(random.Next(Size), random.Next(9000)),
        }).ToArray();
        await using var session = emulator.Open(o => o with { CoalesceGap = gap, MemoryBudget = 8 << 20 });
        var index = 0;
        await foreach (var result in session.ReadRangesAsync(EmulatorFixture.Named($"size-{Size}"), ranges, cancellationToken: Stop))
        {
            Assert.Equal(index, result.Index);
            if (ranges[index].Offset > Size)
            {
                Assert.Equal("RangeOutOfBounds", result.Error!.ErrorId);
            }
            else
            {
                var (start, count) = ranges[index].Resolve(Size);
                Assert.Equal((start, count), (result.Offset, result.Data!.Length));
                Assert.Equal(-1, SplitMixContent.FirstDifference(start, result.Data));
            }

            index++;
        }

        Assert.Equal(ranges.Length, index);
        Assert.Equal(0, session.GetMetrics().MemoryInUse);
    }

    [Fact]
    public async Task Ranges_that_touch_are_asked_for_together()
    {
        await using var session = emulator.Open();
        var ranges = Enumerable.Range(0, 3000).Select(static i => new ByteRange((2999 - i) * 100L, 100)).ToArray();
        await foreach (var result in session.ReadRangesAsync(EmulatorFixture.Named("size-1m"), ranges, cancellationToken: Stop))
            Assert.Equal(-1, SplitMixContent.FirstDifference(result.Offset, result.Data));
        // The first hundred go out apart, before the size is known; of the rest a window of a thousand is one read.
        Assert.InRange(session.GetMetrics().CopiesInline, 1, 110);
    }

    [Fact]
    public async Task One_range_behind_the_end_among_many_fails_alone()
    {
        var ranges = Enumerable.Range(0, 51).Select(i => new ByteRange(i == 25 ? 2_000_000 : i * 1000, 100)).ToArray();
        await using var session = emulator.Open();
        var results = new List<ZonalRangeResult>();
        await foreach (var result in session.ReadRangesAsync(EmulatorFixture.Named("size-1m"), ranges, cancellationToken: Stop))
            results.Add(result);
        Assert.Equal("RangeOutOfBounds", results[25].Error?.ErrorId);
        foreach (var result in results.Where(static r => r.Index != 25))
        {
            Assert.Null(result.Error);
            Assert.Equal(-1, SplitMixContent.FirstDifference(result.Index * 1000, result.Data!));
        }
    }

    [Fact]
    public async Task Reads_at_once_on_one_reader_do_not_disturb_each_other()
    {
        await using var session = emulator.Open(o => o with { MinimumPartSize = 100_000 });
        await using var reader = await session.OpenAsync(EmulatorFixture.Named("size-30000001"), Stop);
        await Task.WhenAll(Enumerable.Range(0, 10).Select(async i =>
        {
            var random = new Random(i);
            for (var n = 0; n < 20; n++)
            {
                var offset = random.NextInt64(reader.Size);
                var buffer = new byte[random.Next(1, 600_000)];
                var count = await reader.ReadAsync(offset, buffer, cancellationToken: Stop);
                Assert.Equal(Math.Min(buffer.Length, reader.Size - offset), count);
                Assert.Equal(-1, SplitMixContent.FirstDifference(offset, buffer.AsSpan(0, count)));
            }
        }));
        Assert.InRange(reader.StreamCount, 1, session.Options.StreamsPerObject);
    }

    [Fact]
    public async Task A_pinned_generation_is_read_again_over_the_same_streams()
    {
        // An emulator of its own: other tests open streams on the shared one meanwhile.
        await using var own = await EmulatorProcess.StartAsync();
        await using var session = ZonalSession.Create(new ZonalSessionOptions { Endpoint = own.Endpoint });
        using var admin = new HttpClient();
        var pinned = (await session.GetObjectInfoAsync(EmulatorFixture.Named("size-100k"), Stop)).Uri;
        for (var i = 0; i < 20; i++) await session.ReadAsync(pinned, new ByteRange(i), cancellationToken: Stop);
        var stats = await admin.GetStringAsync(new Uri(own.Admin, "stats"), Stop);
        Assert.Matches("\"total_streams\": ?1,", stats);
    }

    [Fact]
    public async Task A_replaced_object_is_read_anew_and_never_mixed()
    {
        await using var session = emulator.Open();
        var uri = EmulatorFixture.Named("replaced");
        await session.UploadAsync(uri, new MemoryStream(Enumerable.Repeat((byte)1, 3_000_000).ToArray()), cancellationToken: Stop);
        await using var old = await session.OpenAsync(uri, Stop);
        await session.UploadAsync(uri, new MemoryStream(Enumerable.Repeat((byte)2, 3_000_000).ToArray()), cancellationToken: Stop);
        var fresh = await session.ReadAsync(uri, cancellationToken: Stop);
        Assert.Equal(-1, fresh.AsSpan().IndexOfAnyExcept((byte)2));
        try
        {
            Assert.Equal(-1, (await old.ReadAsync(ByteRange.All, cancellationToken: Stop)).AsSpan().IndexOfAnyExcept((byte)1));
        }
        catch (ZonalException e)
        {
            Assert.Equal("ObjectNotFound", e.ErrorId);
        }
    }

    [Fact]
    public async Task What_was_uploaded_comes_back()
    {
        var bytes = RandomNumberGenerator.GetBytes(7_654_321);
        await using var session = emulator.Open();
        var uri = EmulatorFixture.Named("folder/ü ber#x");
        var info = await session.UploadAsync(uri, new MemoryStream(bytes), "text/plain", cancellationToken: Stop);
        Assert.True(info.IsFinalized);
        Assert.Equal((bytes.LongLength, "text/plain"), (info.Size, info.ContentType));
        Assert.Equal(bytes, await session.ReadAsync(uri, cancellationToken: Stop));
        var error = await Assert.ThrowsAsync<ZonalException>(() => session.UploadAsync(
            uri, new MemoryStream(bytes), ifGenerationMatch: 0, cancellationToken: Stop));
        Assert.Equal(ZonalStatusCode.FailedPrecondition, error.Code);
        await session.DeleteObjectAsync(uri, Stop);
        await Assert.ThrowsAsync<ZonalException>(() => session.GetObjectInfoAsync(uri, Stop));
    }

    [Fact]
    public async Task A_range_for_which_there_is_no_memory_fails_alone()
    {
        await using var session = emulator.Open(static o => o with { StreamsPerObject = 1 });
        await using var reader = await session.OpenAsync(EmulatorFixture.Named("size-33554433"), ZonalReaderOptions.Direct, Stop);
        var whole = reader.ReadAsync(ByteRange.All, cancellationToken: Stop);
        var operation = new ReadOperation();
        var view = MemmoveView.Over(new NoMemory());
        await Assert.ThrowsAsync<InsufficientMemoryException>(
            () => reader.Source.RunAsync(operation, [new RangeRead(5, view, operation, progress: null)], Stop).WaitAsync(TimeSpan.FromSeconds(10), Stop));
        Assert.Equal(-1, SplitMixContent.FirstDifference(0, await whole));
        Assert.Equal((0, 0), (session.GetMetrics().Retries, session.GetMetrics().RangesAskedAgain));
    }

    [Fact]
    public async Task Listings_go_over_pages_and_fold_levels()
    {
        await using var session = emulator.Open();
        for (var i = 0; i < 7; i++)
            await session.UploadAsync(EmulatorFixture.Named($"list/{i % 2}/{i}"), new MemoryStream([1]), cancellationToken: Stop);
        var options = new ZonalListOptions { Prefix = "list/", PageSize = 2 };
        var all = await session.ListObjectsAsync(EmulatorFixture.Bucket, options, Stop).ToListAsync(Stop);
        Assert.Equal(7, all.Count);
        var level = await session.ListObjectsAsync(EmulatorFixture.Bucket, options with { Delimiter = "/" }, Stop).ToListAsync(Stop);
        Assert.Equal(["list/0/", "list/1/"], level.Select(static i => i.Name));
        Assert.All(level, static i => Assert.True(i.IsPrefix));
    }

    [Fact]
    public async Task A_bucket_tells_its_zone()
    {
        await using var session = emulator.Open();
        var bucket = await session.GetBucketAsync(EmulatorFixture.Bucket, Stop);
        Assert.Equal((true, "us-central1-a", true), (bucket.IsZonal, bucket.Zone, bucket.HierarchicalNamespace));
    }

    private sealed class NoMemory : ILazyBuffer
    {
        public int Length => 1 << 20;

        public Memory<byte> Bind(long available) => throw new InsufficientMemoryException("The system has none.");
    }
}
