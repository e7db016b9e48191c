using Xunit;
using ZonalStorage.Reading;

namespace ZonalStorage.Tests.Reading;

public sealed class RangeWindowTests
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(10);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    public async Task A_result_does_not_wait_for_those_that_never_come(int first, int then)
    {
        using var window = MakeWindow(3);
        var waiting = window.WaitAsync(first, Stop).AsTask();
        Assert.True(window.Ranges[first].TryFinish(null));
        await waiting.WaitAsync(_limit, Stop);
        Assert.True(window[first].IsDone);
        // The one that is due is waited for, whatever else comes.
        waiting = window.WaitAsync(then, Stop).AsTask();
        Assert.True(window.Ranges[2].TryFinish(null));
        await Task.Delay(100, Stop);
        Assert.False(waiting.IsCompleted);
        Assert.True(window.Ranges[then].TryFinish(null));
        await waiting.WaitAsync(_limit, Stop);
        Assert.True(window.WaitAsync(2, Stop).AsTask().IsCompleted);
    }

    [Fact]
    public async Task A_result_that_comes_after_a_nap_is_told()
    {
        using var window = MakeWindow(2);
        var waiting = window.WaitAsync(0, Stop).AsTask();
        await Task.Delay(200, Stop);
        Assert.False(waiting.IsCompleted);
        Assert.True(window.Ranges[0].TryFinish(null));
        await waiting.WaitAsync(_limit, Stop);
    }

    [Fact]
    public async Task Giving_up_wakes_who_waits()
    {
        using var window = MakeWindow(2);
        var waiting = window.WaitAsync(1, Stop).AsTask();
        window.Abandon(new OperationCanceledException());
        await waiting.WaitAsync(_limit, Stop);
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
        Assert.True(window.Ranges[0].TryFinish(null));
        Assert.True(window.Ranges[1].TryFinish(null));
    }

    private static RangeWindow MakeWindow(int count) => new(
        [.. Enumerable.Range(0, count).Select(static i => new RangeSlot(i, new ByteRange(i * 100, 10), i * 100, 10))],
        gap: 0, most: 1 << 20, progress: null);
}
