using Xunit;
using ZonalStorage.TestSupport;

namespace ZonalStorage.Tests.Engine;

/// <summary>File systems that are full or read-only, made for the purpose; needs the right to mount, if need be by sudo.</summary>
public sealed class DiskTroubleTests(EmulatorFixture emulator) : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("zonal");

    // What goes before a command that only root may run; null where nobody lets us.
    private string[]? _asRoot;

    private string Target => Path.Combine(_folder.FullName, "x");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        if (!OperatingSystem.IsLinux()) return;
        foreach (var asRoot in new string[][] { [], ["sudo", "--non-interactive"] })
        {
            if (!await RunAsync([.. asRoot, "mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", _folder.FullName])) continue;
            _asRoot = asRoot;
            return;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_asRoot is not null) await RunAsync([.. _asRoot, "umount", _folder.FullName]);
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_disk_that_is_too_small_is_told_before_anything_is_written()
    {
        SkipUnlessMounted();
        await using var session = emulator.Open();
        var error = await Assert.ThrowsAsync<ZonalException>(
            () => session.DownloadAsync(EmulatorFixture.Named("size-30m"), Target, cancellationToken: Stop));
        Assert.Equal("DiskFull", error.ErrorId);
        Assert.Contains("31457280", error.Message, StringComparison.Ordinal);
        Assert.Empty(_folder.GetFileSystemInfos());
    }

    [Fact]
    public async Task More_than_a_disk_holds_is_not_preallocated()
    {
        var folder = Directory.CreateTempSubdirectory("zonal");
        try
        {
            await using var session = emulator.Open();
            var size = new DriveInfo(folder.FullName).AvailableFreeSpace + (1L << 40);
            var target = Path.Combine(folder.FullName, "target");
            var error = await Assert.ThrowsAsync<ZonalException>(
                () => session.DownloadAsync(EmulatorFixture.Named($"size-{size}"), target, cancellationToken: Stop));
            Assert.Equal("DiskFull", error.ErrorId);
            Assert.Empty(folder.GetFileSystemInfos());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task A_disk_that_fills_up_meanwhile_keeps_what_resume_wrote()
    {
        SkipUnlessMounted();
        await using var session = emulator.Open();
        var filler = Path.Combine(_folder.FullName, "filler");
        await File.WriteAllBytesAsync(filler, new byte[14 << 20], Stop);
        // Too small to be asked about beforehand.
        var resume = new ZonalDownloadOptions { Resume = true };
        var error = await Assert.ThrowsAsync<ZonalException>(
            () => session.DownloadAsync(EmulatorFixture.Named("size-15m"), Target, resume, cancellationToken: Stop));
        Assert.Equal("DiskFull", error.ErrorId);
        Assert.False(File.Exists(Target));
        File.Delete(filler);
        var result = await session.DownloadAsync(EmulatorFixture.Named("size-15m"), Target, resume, cancellationToken: Stop);
        Assert.InRange(result.ResumedBytes, 1, 10 << 20);
        Assert.Equal(-1, SplitMixContent.FirstDifference(0, await File.ReadAllBytesAsync(Target, Stop)));
    }

    [Fact]
    public async Task A_read_only_file_system_is_one_error()
    {
        SkipUnlessMounted();
        Assert.True(await RunAsync([.. _asRoot!, "mount", "-o", "remount,ro", _folder.FullName]));
        await using var session = emulator.Open();
        var error = await Assert.ThrowsAsync<ZonalException>(
            () => session.DownloadAsync(EmulatorFixture.Named("size-5"), Target, cancellationToken: Stop));
        Assert.Equal("DestinationReadOnly", error.ErrorId);
    }

    private void SkipUnlessMounted()
    {
        if (_asRoot is not null) return;
        const string Reason = "A full disk was not tested: no tmpfs can be mounted here. Run the tests on Linux, as root or with sudo.";
        // dotnet test keeps a skip's reason to itself: say it out loud.
        Console.Error.WriteLine($"SKIPPED {Reason}");
        Assert.Skip(Reason);
    }

    private static async Task<bool> RunAsync(string[] command)
    {
        var path = ProcessRun.Find(command[0]);
        return path is not null && (await ProcessRun.RunAsync(path, command[1..])).ExitCode == 0;
    }
}
