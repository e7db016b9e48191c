using System.Threading.Channels;
using Xunit;
using ZonalStorage.Cmdlets.Pipeline;

namespace ZonalStorage.Tests.Cmdlets;

public sealed class InOrderTests
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(10);
    private int _running;
    private int _most;

    [Fact]
    public async Task Results_come_in_the_order_of_the_items_and_the_limit_holds()
    {
        var results = new List<int>();
        await InOrder.RunAsync(
            Items(200), 4, Start,
            async task =>
            {
                results.Add(await task);
                Interlocked.Decrement(ref _running);
            },
            static task => task, CancellationToken.None).WaitAsync(_limit);
        Assert.Equal(Enumerable.Range(0, 200), results);
        Assert.InRange(_most, 2, 4);

        Task<int> Start(int item, CancellationToken stop)
        {
            var now = Interlocked.Increment(ref _running);
            if (now > _most) _most = now;
            return Task.Run(
                async () =>
                {
                    await Task.Delay(item % 3, stop);
                    return item;
                },
                CancellationToken.None);
        }
    }

    [Fact]
    public async Task A_result_that_cannot_be_handed_on_cancels_the_rest_and_waits_for_it()
    {
        var error = await Assert.ThrowsAsync<InvalidDataException>(() => InOrder.RunAsync(
            Items(100), 8, SlowStart,
            async task =>
            {
                await Task.Delay(20);
                throw new InvalidDataException();
            },
            static task => task, CancellationToken.None).WaitAsync(_limit));
        Assert.NotNull(error);
        Assert.Equal(0, _running);
    }

    [Fact]
    public async Task Cancelling_waits_for_all_that_was_begun()
    {
        using var stop = new CancellationTokenSource();
        var run = InOrder.RunAsync(Channel.CreateUnbounded<int>().Reader, 4, SlowStart, static t => t, static t => t, stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.WaitAsync(_limit));

        using var second = new CancellationTokenSource();
        run = InOrder.RunAsync(Items(50), 4, SlowStart, static t => t, static t => t, second.Token);
        await Task.Delay(30);
        await second.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.WaitAsync(_limit));
        Assert.Equal(0, _running);
    }

    [Fact]
    public async Task A_producer_that_fails_fails_the_run()
    {
        var items = Channel.CreateUnbounded<int>();
        items.Writer.TryWrite(1);
        items.Writer.Complete(new InvalidDataException());
        await Assert.ThrowsAsync<InvalidDataException>(() => InOrder.RunAsync(
            items.Reader, 2, static (i, _) => Task.FromResult(i), static t => t, static t => t, CancellationToken.None).WaitAsync(_limit));
    }

    // Work that takes until it is cancelled, and a moment more.
    private Task<int> SlowStart(int item, CancellationToken stop)
    {
        Interlocked.Increment(ref _running);
        return Task.Run(
            async () =>
            {
                try
                {
                    await Task.Delay(Timeout.Infinite, stop);
                }
                catch (OperationCanceledException)
                {
                    await Task.Delay(30);
                    Interlocked.Decrement(ref _running);
                    throw;
                }

                return item;
            },
            CancellationToken.None);
    }

    private static ChannelReader<int> Items(int count)
    {
        var items = Channel.CreateUnbounded<int>();
        for (var i = 0; i < count; i++) items.Writer.TryWrite(i);
        items.Writer.Complete();
        return items.Reader;
    }
}
