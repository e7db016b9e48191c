using Microsoft.Extensions.Time.Testing;
using Xunit;
using ZonalStorage.Memory;
using ZonalStorage.Reading;

namespace ZonalStorage.Tests.Reading;

public sealed class RangeWindowTests : IDisposable
{
    private readonly MemoryBudget _budget = new(1 << 20);
    private readonly MemoryAccount _account;
    private readonly FakeTimeProvider _time = new();

    public RangeWindowTests() => _account = _budget.OpenAccount();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    public async Task A_result_does_not_wait_for_those_that_never_come(int first, int then)
    {
        using var window = MakeWindow(3);
        var waiting = window.WaitAsync(first, Stop).AsTask();
        window.Ranges[first].Finish(null);
        _time.Advance(TimeSpan.FromMilliseconds(20));
        await waiting;
        Assert.True(window[first].IsDone);
        // The one that is due is waited for, whatever else comes.
        waiting = window.WaitAsync(then, Stop).AsTask();
        window.Ranges[2].Finish(null);
        _time.Advance(TimeSpan.FromMilliseconds(20));
        Assert.False(waiting.IsCompleted);
        window.Ranges[then].Finish(null);
        await waiting;
        Assert.True(window.WaitAsync(2, Stop).AsTask().IsCompleted);
    }

    [Fact]
    public async Task A_result_that_comes_after_the_longest_wait_is_told()
    {
        using var window = MakeWindow(2);
        var waiting = window.WaitAsync(0, Stop).AsTask();
        _time.Advance(TimeSpan.FromMilliseconds(200));
        Assert.False(waiting.IsCompleted);
        window.Ranges[0].Finish(null);
        await waiting;
    }

    [Fact]
    public async Task Giving_up_wakes_who_waits()
    {
        using var window = MakeWindow(2);
        var waiting = window.WaitAsync(1, Stop).AsTask();
        window.Abandon(new OperationCanceledException());
        await waiting;
        Assert.Throws<OperationCanceledException>(() => window[1].ToResult(new ZonalUri("b", "o")));
    }

    [Fact]
    public async Task A_wait_can_be_cancelled_and_what_comes_then_is_no_fault()
    {
        using var stop = new CancellationTokenSource();
        var window = MakeWindow(2);
        var waiting = window.WaitAsync(0, stop.Token).AsTask();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        window.Dispose();
        window.Ranges[0].Finish(null);
        window.Ranges[1].Finish(null);
    }

    [Fact]
    public void Its_memory_goes_back_once()
    {
        var window = MakeWindow(2);
        Assert.Equal(1000, _budget.Used);
        window.Abandon(new OperationCanceledException());
        window.Dispose();
        Assert.Equal(0, _budget.Used);
    }

    public void Dispose()
    {
        _account.Dispose();
        _budget.Dispose();
    }

    private RangeWindow MakeWindow(int count) => new(
        [.. Enumerable.Range(0, count).Select(static i => new RangeSlot(i, new ByteRange(i * 100, 10), i * 100, 10))],
        gap: 0, most: 1 << 20, _account.Reserve(1000), _time, progress: null);
}
