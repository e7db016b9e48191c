using Xunit;
using ZonalStorage.TestSupport;

namespace ZonalStorage.Tests.Engine;

public sealed class DownloadTests(EmulatorFixture emulator) : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("zonal");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("size-0", 0, 0)]
    [InlineData("size-5", 0, 5)]
    [InlineData("size-30000001", 0, 30000001)]
    public async Task Files_are_right(string name, long start, int length)
    {
        await using var session = emulator.Open();
        var progress = new ZonalProgress();
        var result = await session.DownloadAsync(EmulatorFixture.Named(name), File("x"), progress: progress, cancellationToken: Stop);
        var bytes = await System.IO.File.ReadAllBytesAsync(File("x"), Stop);
        Assert.Equal((length, length, length), (bytes.Length, (int)result.Bytes, (int)progress.Bytes));
        Assert.InRange(progress.Streams, 1, 4);
        Assert.Equal(-1, SplitMixContent.FirstDifference(start, bytes));
        Assert.Equal(["x"], _folder.GetFiles().Select(static f => f.Name));
    }

    [Fact]
    public async Task A_slice_becomes_a_file()
    {
        await using var session = emulator.Open();
        await session.DownloadAsync(
            EmulatorFixture.Named("size-30000001"), File("x"),
            new ZonalDownloadOptions { Range = new ByteRange(-10_000_000) }, cancellationToken: Stop);
        var bytes = await System.IO.File.ReadAllBytesAsync(File("x"), Stop);
        Assert.Equal(-1, SplitMixContent.FirstDifference(20_000_001, bytes));
        Assert.Equal(10_000_000, bytes.Length);
    }

    [Fact]
    public async Task Ranges_become_a_file_one_after_another()
    {
        const int size = 30_000_001;
        await using var session = emulator.Open();
        var random = new Random(7);
        var ranges = Enumerable.Range(0, 300).Select(i => i % 50 == 0
            ? new ByteRange(-random.Next(6_000_000), random.Next(6_000_000))
            : new ByteRange(random.Next(size + 1), random.Next(5000))).ToList();
        var extents = ranges.ConvertAll(static r => r.Resolve(size));
        var progress = new ZonalProgress();
        var result = await session.DownloadRangesAsync(
            EmulatorFixture.Named("size-30000001"), ranges, File("x"), progress: progress, cancellationToken: Stop);
        var bytes = await System.IO.File.ReadAllBytesAsync(File("x"), Stop);
        Assert.Equal(extents.Sum(static e => e.Length), bytes.Length);
        Assert.Equal((bytes.Length, bytes.Length), (result.Bytes, progress.TotalBytes));
        Assert.Equal(ZonalChecksum.AppendCrc32C(0, bytes), result.Crc32C);
        var position = 0;
        foreach (var (offset, length) in extents)
        {
            Assert.Equal(-1, SplitMixContent.FirstDifference(offset, bytes.AsSpan(position, (int)length)));
            position += (int)length;
        }
    }

    [Theory]
    [InlineData("corrupt-chunk-0", "ChecksumMismatch")]
    [InlineData("range-error-5", "RangeOutOfBounds")]
    public async Task A_range_that_fails_leaves_no_file(string fault, string errorId)
    {
        await using var session = await emulator.OpenFaultyAsync([.. Enumerable.Repeat(fault, 12)]);
        var ranges = Enumerable.Range(0, 50).Select(static i => new ByteRange(i * 1000, 100)).ToList();
        var error = await Assert.ThrowsAsync<ZonalException>(() => session.DownloadRangesAsync(
            EmulatorFixture.Named("size-1m"), ranges, File("x"), cancellationToken: Stop));
        Assert.Equal(errorId, error.ErrorId);
        Assert.Empty(_folder.GetFiles());
    }

    [Fact]
    public async Task An_existing_file_stays_until_it_may_be_replaced()
    {
        await System.IO.File.WriteAllTextAsync(File("x"), "old", Stop);
        await using var session = emulator.Open();
        var error = await Assert.ThrowsAsync<ZonalException>(
            () => session.DownloadAsync(EmulatorFixture.Named("size-5"), File("x"), cancellationToken: Stop));
        Assert.Equal("DestinationExists", error.ErrorId);
        await Assert.ThrowsAsync<ZonalException>(() => session.DownloadAsync(
            EmulatorFixture.Named("none"), File("x"), new ZonalDownloadOptions { Overwrite = true }, cancellationToken: Stop));
        Assert.Equal("old", await System.IO.File.ReadAllTextAsync(File("x"), Stop));
        await session.DownloadAsync(
            EmulatorFixture.Named("size-5"), File("x"), new ZonalDownloadOptions { Overwrite = true }, cancellationToken: Stop);
        Assert.Equal(5, new FileInfo(File("x")).Length);
    }

    [Fact]
    public async Task A_damaged_object_gives_no_file()
    {
        await using var session = await emulator.OpenFaultyAsync([.. Enumerable.Repeat("corrupt-chunk-0", 12)]);
        var error = await Assert.ThrowsAsync<ZonalException>(
            () => session.DownloadAsync(EmulatorFixture.Named("size-30000001"), File("x"), cancellationToken: Stop));
        Assert.Equal("ChecksumMismatch", error.ErrorId);
        Assert.Empty(_folder.GetFileSystemInfos());
    }

    [Fact]
    public async Task A_folder_in_the_way_is_said_so()
    {
        await using var session = emulator.Open();
        var error = await Assert.ThrowsAsync<ZonalException>(
            () => session.DownloadAsync(EmulatorFixture.Named("size-5"), _folder.FullName, cancellationToken: Stop));
        Assert.Equal("DestinationIsDirectory", error.ErrorId);
    }

    private string File(string name) => Path.Combine(_folder.FullName, name);
}
