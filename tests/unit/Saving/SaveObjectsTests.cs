using System.Threading.Channels;
using Xunit;
using ZonalStorage.Cmdlets.Saving;
using ZonalStorage.Tests.Cmdlets;
using ZonalStorage.Tests.Engine;
using ZonalStorage.TestSupport;

namespace ZonalStorage.Tests.Saving;

/// <summary>What Save-ZonalObject does, without PowerShell: a sink that records, and the emulator.</summary>
public sealed class SaveObjectsTests(EmulatorFixture emulator) : IDisposable
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("zonal");
    private readonly string _prefix = $"save-{Guid.NewGuid():N}/";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Structure_and_content_are_kept_and_failures_are_errors()
    {
        await using var session = emulator.Open();
        using var sink = new RecordingSink();
        var summary = await RunAsync(session, sink, new SaveOptions(), Literal("a/size-3m"), Literal("a/b/size-1"), Literal("none"), Literal("size-0"));
        Assert.Equal((3, 0, 1, (3L << 20) + 1), (summary.Saved, summary.Skipped, summary.Failed, summary.Bytes));
        Assert.Equal("ObjectNotFound", Assert.IsType<ZonalException>(Assert.Single(sink.Errors).Error).ErrorId);
        Assert.Equal(["a/b/size-1", "a/size-3m", "size-0"], Files());
        Assert.Equal(-1, SplitMixContent.FirstDifference(0, await File.ReadAllBytesAsync(Path.Combine(_folder.FullName, "a/size-3m"), Stop)));
    }

    [Fact]
    public async Task A_name_that_no_object_can_have_is_an_error_of_its_own()
    {
        await using var session = emulator.Open();
        using var sink = new RecordingSink();
        var summary = await RunAsync(session, sink, new SaveOptions(), Literal(".."), Literal("size-1"), Literal(new string('n', 2000)));
        Assert.Equal((1, 2), (summary.Saved, summary.Failed));
        Assert.Equal(2, sink.Errors.Count);
        Assert.Equal(["size-1"], Files());
    }

    [Fact]
    public async Task A_folder_is_listed_with_all_below_and_empty_folders_are_made()
    {
        await using var session = emulator.Open();
        using var sink = new RecordingSink();
        await UploadAsync(session, "x/1.bin", "x/y/3.bin", "4.bin", "empty/");
        await RunAsync(session, sink, new SaveOptions(), new SaveSource(EmulatorFixture.Bucket, _prefix, null, IsLiteral: false));
        Assert.Empty(sink.Errors);
        Assert.Equal(["4.bin", "x/1.bin", "x/y/3.bin"], Files().Select(f => f[_prefix.Length..]));
        Assert.True(Directory.Exists(Path.Combine(_folder.FullName, _prefix, "empty")));
    }

    [Fact]
    public async Task What_is_there_and_right_is_skipped_and_what_differs_is_not_lost()
    {
        await using var session = emulator.Open();
        using var sink = new RecordingSink();
        SaveSource[] sources = [Literal("size-1000"), Literal("size-2000")];
        await RunAsync(session, sink, new SaveOptions(), sources);
        var path = Path.Combine(_folder.FullName, "size-1000");
        var bytes = await File.ReadAllBytesAsync(path, Stop);
        bytes[500] ^= 1;
        await File.WriteAllBytesAsync(path, bytes, Stop);

        var summary = await RunAsync(session, sink, new SaveOptions { SkipExisting = true }, sources);
        Assert.Equal((0, 1, 1), (summary.Saved, summary.Skipped, summary.Failed));
        Assert.Equal("DestinationExists", ((ZonalException)Assert.Single(sink.Errors).Error).ErrorId);
        summary = await RunAsync(session, sink, new SaveOptions { SkipExisting = true, Overwrite = true }, sources);
        Assert.Equal((1, 1, 0), (summary.Saved, summary.Skipped, summary.Failed));
        Assert.Equal(-1, SplitMixContent.FirstDifference(0, await File.ReadAllBytesAsync(path, Stop)));
    }

    [Fact]
    public async Task Shards_together_save_everything_once_large_objects_in_shares()
    {
        await using var session = emulator.Open();
        SaveSource[] sources = [.. Enumerable.Range(0, 20).Select(static i => Literal($"{i}/size-1m")), Literal("huge/size-200m")];
        var bytes = new List<long>();
        for (var i = 0; i < 4; i++)
        {
            using var sink = new RecordingSink();
            var summary = await RunAsync(session, sink, new SaveOptions { Shard = new Shard(i, 4, "test") }, sources);
            Assert.Empty(sink.Errors);
            Assert.StartsWith($"Shard {i} of 4 (test): ", sink.Verbose.First(), StringComparison.Ordinal);
            Assert.Equal(i == 3, File.Exists(Path.Combine(_folder.FullName, "huge/size-200m")));
            bytes.Add(summary.Bytes);
        }

        Assert.Equal(220L << 20, bytes.Sum());
        Assert.All(bytes, static b => Assert.InRange(b, 49L << 20, 61L << 20));
        Assert.Equal(21, Files().Count());
        Assert.Equal(-1, SplitMixContent.FirstDifference(0, await File.ReadAllBytesAsync(Path.Combine(_folder.FullName, "huge/size-200m"), Stop)));
    }

    [Fact]
    public async Task Many_small_objects_come_together()
    {
        await using var session = emulator.Open();
        using var sink = new RecordingSink();
        var summary = await RunAsync(session, sink, new SaveOptions { PassThru = true, ThrottleLimit = 32 },
            [.. Enumerable.Range(0, 500).Select(static i => Literal($"{i % 7}/{i}/size-{i}"))]);
        Assert.Equal((500, 0), (summary.Saved, summary.Failed));
        Assert.Equal(500, sink.Output.Cast<ZonalTransferResult>().Select(static r => r.Path).Distinct(StringComparer.Ordinal).Count());
        Assert.All(_folder.GetFiles("size-*", SearchOption.AllDirectories), static f => Assert.Equal($"size-{f.Length}", f.Name));
    }

    private static SaveSource Literal(string name) => new(EmulatorFixture.Bucket, name, Generation: null, IsLiteral: true);

    private Task<ZonalSaveSummary> RunAsync(ZonalSession session, RecordingSink sink, SaveOptions options, params SaveSource[] sources)
    {
        var feed = Channel.CreateUnbounded<SaveSource>();
        foreach (var source in sources) feed.Writer.TryWrite(source);
        feed.Writer.Complete();
        return new SaveObjects(session, sink, new DestinationFolder(_folder.FullName, flatten: false), options)
            .RunAsync(feed.Reader).WaitAsync(_limit, Stop);
    }

    private async Task UploadAsync(ZonalSession session, params string[] names)
    {
        foreach (var name in names)
        {
            using var content = new MemoryStream(name.EndsWith('/') ? [] : [1, 2, 3]);
            await session.UploadAsync(EmulatorFixture.Named(_prefix + name), content, cancellationToken: Stop);
        }
    }

    private IEnumerable<string> Files() =>
        _folder.GetFiles("*", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(_folder.FullName, f.FullName).Replace(Path.DirectorySeparatorChar, '/')).Order(StringComparer.Ordinal);
}
