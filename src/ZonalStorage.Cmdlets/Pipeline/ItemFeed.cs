using System.Threading.Channels;

namespace ZonalStorage.Cmdlets.Pipeline;

/// <summary>Items on their way from <c>ProcessRecord</c> to the work that runs as long as the cmdlet does.</summary>
internal abstract class ItemFeed
{
    /// <summary>No more items; the work ends when it has dealt with those that are there.</summary>
    public abstract void Complete(Exception? error = null);
}

/// <inheritdoc/>
internal sealed class ItemFeed<T> : ItemFeed
{
    // 1024: as many as the largest batch takes, so that a fast producer fills one while another is being read.
    private readonly Channel<T> _items = Channel.CreateBounded<T>(
        new BoundedChannelOptions(1024) { SingleReader = true, SingleWriter = true });

    /// <summary>The work's end.</summary>
    public ChannelReader<T> Reader => _items.Reader;

    /// <summary>Hands an item over; the task ends when there is room for it.</summary>
    public ValueTask WriteAsync(T item) => _items.Writer.WriteAsync(item, CancellationToken.None);

    public override void Complete(Exception? error = null) => _items.Writer.TryComplete(error);
}
