namespace ZonalStorage.Cmdlets.Pipeline;

/// <summary>A cmdlet whose items are worked on together: one piece of work lasts from the first record to the last.</summary>
/// <remarks>
/// <c>ProcessRecord</c> feeds items and writes what is ready meanwhile, <c>EndProcessing</c> waits for the rest. The feed
/// is bounded: when the work falls behind, the producer upstream waits, while results still flow.
/// </remarks>
public abstract class ZonalFeedCmdlet : ZonalCmdlet
{
    private readonly ItemFeed _feed;
    private Task? _work;

    private protected ZonalFeedCmdlet(ItemFeed feed) => _feed = feed;

    /// <summary>Deals with items until the feed is complete; off the pipeline thread.</summary>
    private protected abstract Task RunAsync();

    /// <inheritdoc/>
    protected sealed override void ProcessRecord()
    {
        Prepare();
        if (_work is null) return;
        RunReady(_work);
        if (_work.IsCompleted) RunUntil(_work);
    }

    /// <inheritdoc/>
    protected sealed override void EndProcessing()
    {
        _feed.Complete();
        if (_work is not null) RunUntil(_work);
        base.EndProcessing();
    }

    /// <summary>Hands an item to the work; the first one starts it.</summary>
    private protected void Enqueue<T>(ItemFeed<T> feed, T item)
    {
        _work ??= Task.Run(RunToEndAsync, CancellationToken.None);
        var room = feed.WriteAsync(item);
        if (room.IsCompletedSuccessfully) return;
        RunUntil(Task.WhenAny(room.AsTask(), _work));
        if (_work.IsCompleted) RunUntil(_work);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && _work is { IsCompleted: false }) Abandon(_work);
        base.Dispose(disposing);
    }

    private async Task RunToEndAsync()
    {
        try
        {
            await RunAsync();
        }
        catch (Exception e)
        {
            // Wakes a producer that waits for room.
            _feed.Complete(e);
            throw;
        }
    }
}
