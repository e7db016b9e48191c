namespace ZonalStorage.Transport;

/// <summary>The process's channels: sessions with equal options share one, and the last to go closes it.</summary>
internal static class ChannelRegistry
{
    private static readonly object _gate = new();
    private static readonly Dictionary<ZonalSessionOptions, Entry> _entries = [];

    /// <summary>The channel for these options, made if there is none; to be given back by <see cref="ReleaseAsync"/>.</summary>
    public static GrpcChannel Acquire(ZonalSessionOptions options)
    {
        lock (_gate)
        {
            if (!_entries.TryGetValue(options, out var entry))
                _entries.Add(options, entry = new Entry(new GrpcChannel(options)));
            entry.Users++;
            return entry.Channel;
        }
    }

    /// <summary>One user fewer.</summary>
    public static ValueTask ReleaseAsync(GrpcChannel channel)
    {
        lock (_gate)
        {
            var entry = _entries[channel.Options];
            if (--entry.Users > 0) return ValueTask.CompletedTask;
            _entries.Remove(channel.Options);
        }

        return channel.DisposeAsync();
    }

    private sealed class Entry(GrpcChannel channel)
    {
        public GrpcChannel Channel { get; } = channel;

        public int Users { get; set; }
    }
}
