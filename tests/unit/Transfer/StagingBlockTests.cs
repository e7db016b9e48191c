using Xunit;
using ZonalStorage.Memory;
using ZonalStorage.Transfer;

namespace ZonalStorage.Tests.Transfer;

public sealed class StagingBlockTests
{
    private const int MiB = 1 << 20;

    [Fact]
    public void Memory_is_counted_at_once_and_there_when_it_is_touched()
    {
        using var budget = new MemoryBudget(5 * MiB);
        using var account = budget.OpenAccount();
        var first = StagingBlock.Take(account, 2 * MiB);
        var second = StagingBlock.TryTake(account, 2 * MiB - 10)!;
        Assert.Null(StagingBlock.TryTake(account, 2 * MiB));
        Assert.Equal(4 * MiB, budget.Used);
        Assert.Equal(2 * MiB - 10, second.Memory.Length);
        first.Memory.Span[7] = 3;
        Assert.Equal(4 * MiB, budget.Used);
        Assert.Equal(3, first.Memory.Span[7]);
        first.Free();
        first.Free();
        second.Free();
        Assert.Equal(0, budget.Used);
        Assert.Equal(2 * MiB, budget.Pooled);
        Assert.Throws<ObjectDisposedException>(() => second.Memory.Span.Length);
    }

    [Fact]
    public void What_was_freed_last_is_used_next_however_many_are_asked_for()
    {
        using var budget = new MemoryBudget(64 * MiB);
        using var account = budget.OpenAccount();
        var blocks = Enumerable.Range(0, 8).Select(_ => StagingBlock.Take(account, 2 * MiB)).ToList();
        foreach (var block in blocks)
        {
            block.Memory.Span.Fill(1);
            block.Free();
        }

        // One block in all: each took that of the one before.
        Assert.Equal(2 * MiB, budget.Pooled);
    }
}
