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
        first.Bind().Span[7] = 9;
        first.Dispose();
        Assert.Equal(2 * MiB, budget.Pooled);

        var second = account.TryRent(2 * MiB - 5)!;
        Assert.Equal(9, second.Bind().Span[7]);
        Assert.Equal((2 * MiB, 0L), (budget.Used, budget.Pooled));
        second.Dispose();
    }

    [Fact]
    public void A_block_counts_at_once_and_takes_memory_when_it_is_bound()
    {
        using var budget = new MemoryBudget(8 * MiB);
        using var account = budget.OpenAccount();
        Use(account, 2 * MiB);
        var blocks = Enumerable.Range(0, 3).Select(_ => account.TryRent(2 * MiB - 5)!).ToArray();
        Assert.Equal((6 * MiB, 2 * MiB), (budget.Used, budget.Pooled));
        Assert.Null(account.TryRent(3 * MiB));

        Assert.Equal(2 * MiB - 5, blocks[0].Bind().Length);
        Assert.Equal((6 * MiB, 0L), (budget.Used, budget.Pooled));
        blocks[0].Bind().Span[7] = 9;
        Assert.Equal(9, blocks[0].Memory.Span[7]);

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
    public void What_nobody_gives_back_is_counted_back_all_the_same()
    {
        using var budget = new MemoryBudget(8 * MiB);
        using var account = budget.OpenAccount();
        var live = NativeBlock.LiveBytes;
        Lose(account);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.Equal(0, budget.Used);
        Assert.True(NativeBlock.LiveBytes <= live, "the block itself is freed as well");

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        static void Lose(MemoryAccount account) => account.Rent(MiB).Bind();
    }

    [Fact]
    public void Read_ahead_gets_what_fits_and_no_more()
    {
        using var budget = new MemoryBudget(4 * MiB);
        using var account = budget.OpenAccount();
        var blocks = Enumerable.Range(0, 4).Select(_ => account.TryRent(MiB)).ToList();
        Assert.DoesNotContain(null, blocks);
        Assert.Null(account.TryRent(64 << 10));
        Assert.Null(account.TryReserve(1));
        foreach (var block in blocks) block!.Dispose();
        Assert.Equal(0, budget.Used);
    }

    [Fact]
    public void Readers_share_equally()
    {
        using var budget = new MemoryBudget(8 * MiB);
        using var first = budget.OpenAccount();
        using var second = budget.OpenAccount();
        using var one = first.TryReserve(3 * MiB);
        using var two = second.TryReserve(4 * MiB);
        Assert.Null(second.TryReserve(MiB));
        using var three = first.TryReserve(MiB);
        Assert.NotNull(three);
        two!.Dispose();
        using var four = first.TryReserve(4 * MiB);
        Assert.NotNull(four);
    }

    [Fact]
    public void No_wish_is_so_large_that_it_seems_to_fit()
    {
        using var budget = new MemoryBudget(8 * MiB);
        using var account = budget.OpenAccount();
        using var held = account.Reserve(MiB);
        Assert.Null(account.TryReserve(long.MaxValue));
    }

    [Fact]
    public void Who_waits_takes_read_ahead_away_from_others()
    {
        using var budget = new MemoryBudget(8 * MiB);
        long asked = 0;
        MemoryReservation? ahead = null;
        using var reader = budget.OpenAccount(bytes =>
        {
            asked = bytes;
            ahead!.Dispose();
        });
        ahead = reader.TryReserve(8 * MiB);

        using var waiting = budget.OpenAccount();
        using var block = waiting.Rent(2 * MiB);
        Assert.Equal(2 * MiB, asked);
        Assert.Equal(2 * MiB, budget.Used);
    }

    [Fact]
    public void A_wish_larger_than_the_budget_is_granted_to_who_waits()
    {
        using var budget = new MemoryBudget(MiB);
        using var account = budget.OpenAccount();
        Assert.Null(account.TryRent(16 * MiB));
        Use(account, 16 * MiB);
        Assert.Equal((0L, 0L), (budget.Used, budget.Pooled));
    }

    [Fact]
    public void Blocks_that_wait_go_before_the_limit_is_passed()
    {
        using var budget = new MemoryBudget(4 * MiB);
        using var account = budget.OpenAccount();
        Use(account, 4 * MiB);
        Assert.Equal(4 * MiB, budget.Pooled);
        using var block = account.TryRent(MiB);
        Assert.NotNull(block);
        Assert.Equal(0, budget.Pooled);
    }

    [Fact]
    public void What_nobody_needed_is_freed_by_the_second_trim()
    {
        using var budget = new MemoryBudget(8 * MiB);
        using var account = budget.OpenAccount();
        using (var first = account.Rent(MiB))
        {
            first.Bind();
            Use(account, MiB);
        }

        budget.Trim();
        Assert.Equal(2 * MiB, budget.Pooled);
        Use(account, MiB);
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
        var memory = block.Bind();
        budget.Dispose();
        block.Dispose();
        Assert.Throws<ObjectDisposedException>(() => memory.Span[0]);
        Assert.Null(account.TryRent(MiB));
    }

    [Fact]
    public void Sums_hold_whatever_is_rented_and_returned() => Prop.ForAll<int[]>(steps =>
    {
        using var budget = new MemoryBudget(4 * MiB);
        using var account = budget.OpenAccount();
        var held = new List<LazyBlock>();
        foreach (var step in steps)
        {
            if (step % 3 == 0 && held.Count > 0)
            {
                held[0].Dispose();
                // As often as one likes.
                held[0].Dispose();
                held.RemoveAt(0);
            }
            else
            {
                var length = 1 + Math.Abs(step % 100) * 20_000;
                var isWaited = step < 0;
                if ((isWaited ? account.Rent(length) : account.TryRent(length)) is not { } block) continue;
                if (!isWaited && budget.Used > budget.Limit) return false;
                if (step % 2 == 0) block.Bind();
                held.Add(block);
            }

            if (budget.Used != held.Sum(static b => (long)BlockPool.SizeOf(b.Length))) return false;
            if (budget.Pooled > Math.Max(0, budget.Limit - budget.Used)) return false;
        }

        foreach (var block in held) block.Dispose();
        return budget.Used == 0;
    }).QuickCheckThrowOnFailure();

    private static void Use(MemoryAccount account, int length)
    {
        using var block = account.Rent(length);
        block.Bind();
    }
}
