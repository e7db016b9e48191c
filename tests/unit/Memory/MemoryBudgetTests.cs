using FsCheck;
using FsCheck.Fluent;
using Xunit;
using ZonalStorage.Memory;

namespace ZonalStorage.Tests.Memory;

public sealed class MemoryBudgetTests
{
    private const int MiB = 1 << 20;

    [Theory]
    [InlineData(1, 64 << 10)]
    [InlineData(64 << 10, 64 << 10)]
    [InlineData((64 << 10) + 1, 128 << 10)]
    [InlineData(3 * MiB, 4 * MiB)]
    [InlineData(16 * MiB, 16 * MiB)]
    [InlineData(16 * MiB + 1, 16 * MiB + 4096)]
    public void Blocks_have_sizes_that_can_be_reused(int length, int size) => Assert.Equal(size, BlockPool.SizeOf(length));

    [Fact]
    public void A_block_is_used_again()
    {
        using var budget = new MemoryBudget(8 * MiB);
        using var account = budget.OpenAccount();
        var first = account.Rent(2 * MiB);
        account.Return(first);
        Assert.Equal(2 * MiB, budget.Pooled);

        Assert.Same(first, account.TryRent(2 * MiB - 5));
        Assert.Equal(0, budget.Pooled);
        Assert.Equal(2 * MiB, budget.Used);
        account.Return(first);
    }

    [Fact]
    public void A_late_block_counts_at_once_and_takes_memory_when_it_is_bound()
    {
        using var budget = new MemoryBudget(8 * MiB);
        using var account = budget.OpenAccount();
        var warm = account.Rent(2 * MiB);
        account.Return(warm);
        var blocks = Enumerable.Range(0, 3).Select(_ => account.TryRentLate(2 * MiB - 5)!).ToArray();
        Assert.Equal((6 * MiB, 2 * MiB), (budget.Used, budget.Pooled));
        Assert.Null(account.TryRentLate(3 * MiB));

        Assert.Equal(2 * MiB - 5, blocks[0].Bind().Length);
        Assert.Equal((6 * MiB, 0L), (budget.Used, budget.Pooled));
        blocks[0].Bind().Span[7] = 9;
        Assert.Equal(9, blocks[0].Span[7]);

        // Last in, first out: what was just given back is still in the cache.
        blocks[0].Dispose();
        Assert.Equal((4 * MiB, 2 * MiB), (budget.Used, budget.Pooled));
        Assert.Equal(9, blocks[1].Bind().Span[7]);

        blocks[1].Dispose();
        // Never bound: nothing but the claim goes back, once.
        blocks[2].Dispose();
        blocks[2].Dispose();
        Assert.Equal((0L, 2 * MiB), (budget.Used, budget.Pooled));
    }

    [Fact]
    public void Read_ahead_gets_what_fits_and_no_more()
    {
        using var budget = new MemoryBudget(4 * MiB);
        using var account = budget.OpenAccount();
        var blocks = Enumerable.Range(0, 4).Select(_ => account.TryRent(MiB)).ToList();
        Assert.DoesNotContain(null, blocks);
        Assert.Null(account.TryRent(64 << 10));
        Assert.False(account.TryReserve(1));
        foreach (var block in blocks) account.Return(block!);
        Assert.Equal(0, budget.Used);
    }

    [Fact]
    public void Readers_share_equally()
    {
        using var budget = new MemoryBudget(8 * MiB);
        using var first = budget.OpenAccount();
        using var second = budget.OpenAccount();
        Assert.True(first.TryReserve(3 * MiB));
        Assert.True(second.TryReserve(4 * MiB));
        Assert.False(second.TryReserve(MiB));
        Assert.True(first.TryReserve(MiB));
        second.Release(4 * MiB);
        Assert.True(first.TryReserve(4 * MiB));
        first.Release(8 * MiB);
    }

    [Fact]
    public void Who_waits_takes_read_ahead_away_from_others()
    {
        using var budget = new MemoryBudget(8 * MiB);
        long asked = 0;
        MemoryAccount? reader = null;
        using var account = reader = budget.OpenAccount(bytes =>
        {
            asked = bytes;
            reader!.Release(bytes);
        });
        Assert.True(reader.TryReserve(8 * MiB));

        using var waiting = budget.OpenAccount();
        var block = waiting.Rent(2 * MiB);
        Assert.Equal(2 * MiB, asked);
        Assert.Equal(8 * MiB, budget.Used);
        waiting.Return(block);
        reader.Release(6 * MiB);
    }

    [Fact]
    public void A_wish_larger_than_the_budget_is_granted_to_who_waits()
    {
        using var budget = new MemoryBudget(MiB);
        using var account = budget.OpenAccount();
        Assert.Null(account.TryRent(16 * MiB));
        var block = account.Rent(16 * MiB);
        Assert.Equal(16 * MiB, block.Length);
        account.Return(block);
        Assert.Equal(0, budget.Used);
        Assert.Equal(0, budget.Pooled);
    }

    [Fact]
    public void Blocks_that_wait_go_before_the_limit_is_passed()
    {
        using var budget = new MemoryBudget(4 * MiB);
        using var account = budget.OpenAccount();
        account.Return(account.Rent(4 * MiB));
        Assert.Equal(4 * MiB, budget.Pooled);
        var block = account.TryRent(MiB);
        Assert.NotNull(block);
        Assert.Equal(0, budget.Pooled);
        account.Return(block);
    }

    [Fact]
    public void What_nobody_needed_is_freed_by_the_second_trim()
    {
        using var budget = new MemoryBudget(8 * MiB);
        using var account = budget.OpenAccount();
        var blocks = new[] { account.Rent(MiB), account.Rent(MiB) };
        foreach (var block in blocks) account.Return(block);
        budget.Trim();
        Assert.Equal(2 * MiB, budget.Pooled);
        account.Return(account.Rent(MiB));
        budget.Trim();
        Assert.Equal(MiB, budget.Pooled);
        budget.Trim();
        Assert.Equal(0, budget.Pooled);
    }

    [Fact]
    public void Blocks_that_come_back_late_are_freed()
    {
        var budget = new MemoryBudget(8 * MiB);
        using var account = budget.OpenAccount();
        var block = account.Rent(MiB);
        budget.Dispose();
        account.Return(block);
        Assert.Throws<ObjectDisposedException>(() => block.GetSpan());
        Assert.Null(account.TryRent(MiB));
    }

    [Fact]
    public void Sums_hold_whatever_is_rented_and_returned() => Prop.ForAll<int[]>(steps =>
    {
        using var budget = new MemoryBudget(4 * MiB);
        using var account = budget.OpenAccount();
        var held = new List<NativeBlock>();
        foreach (var step in steps)
        {
            if (step % 3 == 0 && held.Count > 0)
            {
                account.Return(held[0]);
                held.RemoveAt(0);
            }
            else
            {
                var length = 1 + Math.Abs(step % 100) * 20_000;
                var isWaited = step < 0;
                if ((isWaited ? account.Rent(length) : account.TryRent(length)) is not { } block) continue;
                if (!isWaited && budget.Used > budget.Limit) return false;
                held.Add(block);
            }

            if (budget.Used != held.Sum(static b => (long)b.Length)) return false;
            if (budget.Pooled > Math.Max(0, budget.Limit - budget.Used)) return false;
        }

        foreach (var block in held) account.Return(block);
        return budget.Used == 0;
    }).QuickCheckThrowOnFailure();
}
