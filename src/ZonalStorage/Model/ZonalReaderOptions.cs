namespace ZonalStorage;

/// <summary>How an opened object reads ahead and what it keeps. Immutable; copy it by <c>with</c>.</summary>
public sealed record ZonalReaderOptions
{
    /// <summary>No read-ahead: what reads at random places, or in large pieces, wants.</summary>
    public static readonly ZonalReaderOptions Direct = new() { Prefetch = false };

    /// <summary>
    /// Reads ahead of readers that go on where they were: forward, backward or at a constant distance, several at a time.
    /// Random reads are not slowed by it. Default true.
    /// </summary>
    public bool Prefetch { get; init; } = true;

    /// <summary>
    /// The read, counted from 1, of those that follow one another with which reading ahead begins. Default 3; 1 begins with
    /// the first read, for a scan that is certain to go on.
    /// </summary>
    public int PrefetchTrigger { get; init; } = 3;

    /// <summary>
    /// Bytes at most ahead of one reader. Default 256 MiB. The window is as large as bandwidth and latency ask for, up to
    /// this, to max(2 × mean read, 128 MiB) and to the session's memory budget.
    /// </summary>
    public long MaximumPrefetchSize { get; init; } = 256 << 20;

    /// <summary>
    /// Bytes of the chunks of a block cache, which keeps what a miss read and the chunk behind it; 0 (default) for none. For
    /// readers that go to and fro in small steps.
    /// </summary>
    public int BlockCacheSize { get; init; }

    /// <summary>Checks every value.</summary>
    /// <exception cref="ArgumentException">A value is out of its bounds; the message names it, its value and the bounds.</exception>
    public void Validate()
    {
        if (PrefetchTrigger is < 1 or > 1000) throw Invalid(nameof(PrefetchTrigger), PrefetchTrigger, "1 to 1000");
        if (MaximumPrefetchSize < 1) throw Invalid(nameof(MaximumPrefetchSize), MaximumPrefetchSize, "1 or more");
        if (BlockCacheSize is < 0 or > 1 << 30) throw Invalid(nameof(BlockCacheSize), BlockCacheSize, "0 to 1073741824");
    }

    private static ArgumentException Invalid(string name, object value, string expected) =>
        new($"{name} is {value}; it must be {expected}.", name);
}
