using Xunit;
using ZonalStorage.Memory;
using ZonalStorage.Reading;
using ZonalStorage.TestSupport;
using ZonalStorage.Transfer;

namespace ZonalStorage.Tests.Engine;

/// <summary>Parts in flight follow the memory that there is.</summary>
public sealed class PartCopierTests : IDisposable
{
    private const int Slots = 4;
    private const int Parts = 40;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("zonal");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task One_part_at_a_time_goes_on_without_memory_and_more_once_there_is_some()
    {
        const long size = (long)Parts * PartTable.PartSize;
        await using var emulator = await EmulatorProcess.StartAsync("--delay-us", "20000");
        await using var session = ZonalSession.Create(new ZonalSessionOptions { Endpoint = emulator.Endpoint });
        await using var reader = await session.OpenAsync(EmulatorFixture.Named($"size-{size}"), cancellationToken: Stop);
        using var budget = new MemoryBudget(2 * Slots * PartTable.PartSize);
        using var account = budget.OpenAccount();
        using var other = budget.OpenAccount();
        using var reserved = other.Reserve(budget.Limit);

        var whole = new Extent(0, size);
        var parts = new PartTable(whole, whole);
        using var file = PartialFile.Create(Path.Combine(_folder.FullName, "x"), size);
        var copying = new PartCopier(reader.Source, file, parts, journal: null, account, progress: null)
            .RunAsync(streams: 1, Slots, head: null, Stop);
        Assert.Equal(PartTable.PartSize, await MostHeldAsync(account, () => parts.MissingCount > Parts - 5));
        reserved.Dispose();
        Assert.Equal(Slots * PartTable.PartSize, await MostHeldAsync(account, () => !copying.IsCompleted));
        await copying;
        Assert.True(parts.IsWhole);
        Assert.Equal(0, budget.Used);
    }

    [Fact]
    public async Task What_has_not_begun_to_come_takes_no_memory()
    {
        const int slots = 16;
        const long size = 2L * slots * PartTable.PartSize;
        // One stream that takes longer for a part than any disk.
        await using var emulator = await EmulatorProcess.StartAsync("--bandwidth-per-stream", "60000000");
        await using var session = ZonalSession.Create(
            new ZonalSessionOptions { Endpoint = emulator.Endpoint, StreamsPerObject = 1 });
        await using var reader = await session.OpenAsync(EmulatorFixture.Named($"size-{size}"), cancellationToken: Stop);
        using var budget = new MemoryBudget(size);
        using var account = budget.OpenAccount();
        var whole = new Extent(0, size);
        var parts = new PartTable(whole, whole);
        using var file = PartialFile.Create(Path.Combine(_folder.FullName, "x"), size);
        var copying = new PartCopier(reader.Source, file, parts, journal: null, account, progress: null)
            .RunAsync(streams: slots / 4, slots, head: null, Stop);
        Assert.Equal(slots * PartTable.PartSize, await MostHeldAsync(account, () => !copying.IsCompleted));
        await copying;
        // All blocks that there ever were wait to be used again.
        Assert.InRange(budget.Pooled, PartTable.PartSize, slots / 2 * PartTable.PartSize);
    }

    /// <summary>The most that an account holds at a time for as long as something lasts.</summary>
    private static async Task<long> MostHeldAsync(MemoryAccount account, Func<bool> lasts)
    {
        long most = 0;
        while (lasts())
        {
            most = Math.Max(most, account.Held);
            await Task.Delay(1, Stop);
        }

        return most;
    }
}
