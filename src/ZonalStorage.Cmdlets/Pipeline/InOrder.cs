using System.Threading.Channels;

namespace ZonalStorage.Cmdlets.Pipeline;

/// <summary>Works on several items at once and hands their results on in the order of the items.</summary>
internal static class InOrder
{
    /// <summary>Runs until <paramref name="items"/> is complete and every result was handed on.</summary>
    /// <param name="items">What to work on.</param>
    /// <param name="limit">Items at most that are under way, or done but not handed on yet: it bounds memory too.</param>
    /// <param name="start">Begins work on an item and returns what runs; called for one item after the other.</param>
    /// <param name="finish">Waits for what runs and hands its result on; called in the order of the items.</param>
    /// <param name="ended">The end of what runs, whether it was handed on or not. It must end soon after a cancellation.</param>
    /// <param name="stopping">Cancels.</param>
    /// <remarks>Returns, also by an exception, only after everything it began has ended.</remarks>
    public static async Task RunAsync<TItem, TRunning>(
        ChannelReader<TItem> items,
        int limit,
        Func<TItem, CancellationToken, TRunning> start,
        Func<TRunning, Task> finish,
        Func<TRunning, Task> ended,
        CancellationToken stopping)
    {
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        using var room = new SemaphoreSlim(limit);
        var running = Channel.CreateBounded<TRunning>(limit);
        var starting = StartAllAsync();
        try
        {
            await foreach (var one in running.Reader.ReadAllAsync(failed.Token))
            {
                try
                {
                    await finish(one);
                }
                catch
                {
                    // First, or what still runs of this item would be waited for to its natural end.
                    await failed.CancelAsync();
                    throw;
                }
                finally
                {
                    await Ended(one);
                }

                room.Release();
            }

            await starting;
        }
        finally
        {
            if (!starting.IsCompletedSuccessfully) await failed.CancelAsync();
            try
            {
                await starting;
            }
            catch (Exception) when (starting.IsFaulted || starting.IsCanceled)
            {
                // Thrown above already, or a consequence of what is being thrown.
            }

            while (running.Reader.TryRead(out var left)) await Ended(left);
        }

        async Task StartAllAsync()
        {
            try
            {
                while (await items.WaitToReadAsync(failed.Token))
                {
                    await room.WaitAsync(failed.Token);
                    if (!items.TryRead(out var item))
                    {
                        room.Release();
                        continue;
                    }

                    // There is always room: the semaphore admits no more than the channel holds.
                    running.Writer.TryWrite(start(item, failed.Token));
                }

                running.Writer.Complete();
            }
            catch (Exception e)
            {
                running.Writer.Complete(e);
                throw;
            }
        }

        async Task Ended(TRunning one)
        {
            try
            {
                await ended(one);
            }
            catch (Exception)
            {
                // Whoever finishes it reports it; here only its end matters.
            }
        }
    }
}
