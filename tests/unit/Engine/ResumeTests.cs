using System.Runtime.Versioning;
using Xunit;
using ZonalStorage.Memory;
using ZonalStorage.Reading;
using ZonalStorage.TestSupport;
using ZonalStorage.Transfer;

namespace ZonalStorage.Tests.Engine;

/// <summary>Downloads that go on with what an earlier one left, in this process or several.</summary>
public sealed class ResumeTests(EmulatorFixture emulator) : IDisposable
{
    private const int Size = 50_000_001;
    private const string Name = "size-50000001";

    private static readonly ZonalDownloadOptions _resume = new() { Resume = true };

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("zonal");

    private string Target => Path.Combine(_folder.FullName, "x");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task What_a_failure_left_is_not_read_again()
    {
        var kept = await FailAsync();
        await using var session = emulator.Open();
        var progress = new ZonalProgress();
        var result = await session.DownloadAsync(EmulatorFixture.Named(Name), Target, _resume, progress, Stop);
        Assert.Null(result.Restarted);
        Assert.Equal((kept, Size - kept, Size - kept), (result.ResumedBytes, result.Bytes, progress.Bytes));
        await AssertCompleteAsync();
    }

    [Fact]
    public async Task A_part_that_the_disk_lost_is_read_again()
    {
        var kept = await FailAsync();
        await using (var file = File.OpenWrite(Target + ".partial"))
        {
            file.Position = 100;
            file.WriteByte(1);
        }

        await using var session = emulator.Open();
        var result = await session.DownloadAsync(EmulatorFixture.Named(Name), Target, _resume, cancellationToken: Stop);
        Assert.Equal(kept - PartTable.PartSize, result.ResumedBytes);
        await AssertCompleteAsync();
    }

    [Fact]
    public async Task Another_slice_or_generation_starts_over_and_says_so()
    {
        await FailAsync();
        await using var session = emulator.Open();
        var result = await session.DownloadAsync(
            EmulatorFixture.Named(Name), Target, _resume with { Range = new ByteRange(0, Size - 1) }, cancellationToken: Stop);
        Assert.NotNull(result.Restarted);
        Assert.Equal((0, Size - 1), (result.ResumedBytes, (int)new FileInfo(Target).Length));
    }

    [Fact]
    public async Task Without_resume_nothing_is_left_and_nothing_is_believed()
    {
        await FailAsync();
        await using var session = emulator.Open();
        var result = await session.DownloadAsync(EmulatorFixture.Named(Name), Target, cancellationToken: Stop);
        Assert.Equal(Size, result.Bytes);
        await AssertCompleteAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Shares_brought_in_any_order_make_one_file(bool isBackwards)
    {
        await using var session = emulator.Open();
        long step = 8 << 20;
        var shares = Enumerable.Range(0, (int)((Size + step - 1) / step)).Select(i => new ByteRange(i * step, step)).ToList();
        if (isBackwards) shares.Reverse();
        for (var i = 0; i < shares.Count; i++)
        {
            Assert.False(File.Exists(Target));
            var result = await session.DownloadAsync(
                EmulatorFixture.Named(Name), Target, new ZonalDownloadOptions { Share = shares[i] }, cancellationToken: Stop);
            Assert.Equal(i == shares.Count - 1, result.IsComplete);
            Assert.Equal(result.IsComplete, result.Crc32C is not null);
        }

        await AssertCompleteAsync();
    }

    [Fact]
    public async Task Shares_brought_at_once_make_one_file_with_no_byte_read_twice()
    {
        await using var session = emulator.Open();
        long step = 6 << 20;
        var results = await Task.WhenAll(Enumerable.Range(0, (int)((Size + step - 1) / step)).Select(i => session.DownloadAsync(
            EmulatorFixture.Named(Name), Target, new ZonalDownloadOptions { Share = new ByteRange(i * step, step) }, cancellationToken: Stop)));
        Assert.Equal(Size, results.Sum(static r => r.Bytes));
        Assert.Contains(results, static r => r.IsComplete);
        await AssertCompleteAsync();
    }

    [Fact]
    public async Task A_share_must_be_of_whole_parts()
    {
        await using var session = emulator.Open();
        await Assert.ThrowsAsync<InvalidOperationException>(() => session.DownloadAsync(
            EmulatorFixture.Named(Name), Target, new ZonalDownloadOptions { Share = new ByteRange(1, 100) }, cancellationToken: Stop));
    }

    [Fact]
    public async Task Two_downloads_to_one_file_do_not_mix()
    {
        await using var slow = await emulator.OpenFaultyAsync(["stall-before-data-3s"]);
        await using var session = emulator.Open();
        var first = slow.DownloadAsync(EmulatorFixture.Named(Name), Target, cancellationToken: Stop);
        while (!File.Exists(Target + ".partial")) await Task.Delay(10, Stop);
        var error = await Assert.ThrowsAsync<ZonalException>(
            () => session.DownloadAsync(EmulatorFixture.Named("size-5"), Target, cancellationToken: Stop));
        Assert.Equal("DestinationBusy", error.ErrorId);
        await first;
        await AssertCompleteAsync();
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void A_partial_file_is_locked_until_it_has_its_name()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows renames no file that is open.");
        var whole = new Extent(0, 5);
        var parts = new PartTable(whole, whole);
        using var budget = new MemoryBudget(1 << 20);
        using var memory = budget.OpenAccount();
        using (var state = DownloadState.Open(Target, Target + ".partial.journal", "", parts, new ZonalDownloadOptions(), memory))
        {
            state.Finish(parts, timestamp: null);
            var error = Assert.Throws<ZonalException>(() => PartialFile.Create(Target, 5));
            Assert.Equal("DestinationBusy", error.ErrorId);
            Assert.True(DownloadFiles.GiveName(Target, overwrite: false, isShared: false));
            // Who waits for the name reads at once.
            Assert.Empty(File.ReadAllBytes(Target));
        }

        PartialFile.Create(Target, 5).Dispose();
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task A_partial_file_that_has_become_a_complete_one_is_not_emptied()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows lets nobody open it.");
        // Another process gives the name just after this one has found the partial file: the same file under both names.
        await File.WriteAllTextAsync(Target, "complete", Stop);
        await ProcessRun.RunAsync("ln", [Target, Target + ".partial"]);
        using (PartialFile.Create(Target, 5)) Assert.Equal("complete", await File.ReadAllTextAsync(Target, Stop));
    }

    [Fact]
    public async Task An_object_of_one_part_needs_no_journal()
    {
        // One of an earlier, larger generation is taken away.
        await File.WriteAllTextAsync(Target + ".partial.journal", "stale", Stop);
        await using var session = emulator.Open();
        await session.DownloadAsync(EmulatorFixture.Named("size-2m"), Target, _resume, cancellationToken: Stop);
        Assert.Equal(["x"], _folder.GetFiles().Select(static f => f.Name));
        // Nothing is kept of one that fails, either.
        await using var failing = await emulator.OpenFaultyAsync([.. Enumerable.Repeat("corrupt-chunk-0", 40)]);
        await Assert.ThrowsAsync<ZonalException>(() => failing.DownloadAsync(
            EmulatorFixture.Named("size-2m"), Target, _resume with { Overwrite = true }, cancellationToken: Stop));
        Assert.Equal(["x"], _folder.GetFiles().Select(static f => f.Name));
    }

    [Fact]
    public async Task The_time_of_the_content_is_the_file_s_if_wanted()
    {
        await using var session = emulator.Open();
        var info = await session.GetObjectInfoAsync(EmulatorFixture.Named("size-5"), Stop);
        await session.DownloadAsync(info.Uri, Target, new ZonalDownloadOptions { PreserveTimestamp = true }, cancellationToken: Stop);
        var expected = (info.Finalized ?? info.Created)!.Value.UtcDateTime;
        Assert.Equal(expected, File.GetLastWriteTimeUtc(Target), TimeSpan.FromSeconds(1));
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task A_link_in_the_place_of_the_partial_file_is_not_followed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need a privilege on Windows.");
        var victim = Path.Combine(_folder.FullName, "victim");
        await File.WriteAllTextAsync(victim, "precious", Stop);
        File.CreateSymbolicLink(Target + ".partial", victim);
        await using var session = emulator.Open();
        await session.DownloadAsync(EmulatorFixture.Named("size-5"), Target, cancellationToken: Stop);
        Assert.Equal("precious", await File.ReadAllTextAsync(victim, Stop));
        Assert.Equal(5, new FileInfo(Target).Length);
    }

    [Fact]
    public async Task A_name_that_is_too_long_is_one_error()
    {
        await using var session = emulator.Open();
        var error = await Assert.ThrowsAsync<ZonalException>(
            () => session.DownloadAsync(EmulatorFixture.Named("size-5"), Target + new string('n', 300), cancellationToken: Stop));
        Assert.Equal("DestinationNameTooLong", error.ErrorId);
        Assert.Empty(_folder.GetFileSystemInfos());
    }

    [Fact]
    public async Task A_missing_folder_is_one_error()
    {
        await using var session = emulator.Open();
        var error = await Assert.ThrowsAsync<ZonalException>(() => session.DownloadAsync(
            EmulatorFixture.Named("size-5"), Path.Combine(_folder.FullName, "none", "x"), cancellationToken: Stop));
        Assert.Equal("DestinationFolderNotFound", error.ErrorId);
    }

    /// <summary>Downloads until a server that damages chunks has it fail, and tells how many bytes are noted as right.</summary>
    private async Task<long> FailAsync()
    {
        // The first stream gives some data; the others give only damage.
        await using var session = await emulator.OpenFaultyAsync(
            ["return-broken-stream-after-20M", .. Enumerable.Repeat("corrupt-chunk-0", 40)],
            change: static o => o with { StreamsPerObject = 1, MaximumAttempts = 2 });
        await Assert.ThrowsAsync<ZonalException>(
            () => session.DownloadAsync(EmulatorFixture.Named(Name), Target, _resume, cancellationToken: Stop));
        Assert.False(File.Exists(Target));
        Assert.True(File.Exists(Target + ".partial"));
        var records = (new FileInfo(Target + ".partial.journal").Length - HeaderLength) / 16;
        Assert.InRange(records, 1, Size / PartTable.PartSize);
        return records * PartTable.PartSize;
    }

    private int HeaderLength
    {
        get
        {
            var bytes = File.ReadAllBytes(Target + ".partial.journal");
            return 8 + 4 + BitConverter.ToInt32(bytes, 8) + 4;
        }
    }

    private async Task AssertCompleteAsync()
    {
        var bytes = await File.ReadAllBytesAsync(Target, Stop);
        Assert.Equal((Size, -1L), (bytes.Length, SplitMixContent.FirstDifference(0, bytes)));
        Assert.Equal(["x"], _folder.GetFiles().Select(static f => f.Name));
    }
}
