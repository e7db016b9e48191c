namespace ZonalStorage.Cmdlets.Saving;

/// <summary>How objects are saved.</summary>
internal sealed record SaveOptions
{
    /// <summary>Replace files that exist.</summary>
    public bool Overwrite { get; init; }

    /// <summary>Leave files alone that have the object's size and CRC32C.</summary>
    public bool SkipExisting { get; init; }

    /// <summary>Go on with what an earlier run left.</summary>
    public bool Resume { get; init; }

    /// <summary>Give files the time of their content.</summary>
    public bool PreserveTimestamp { get; init; }

    /// <summary>Write a result for each file.</summary>
    public bool PassThru { get; init; }

    /// <summary>Wildcards match on all levels below, too.</summary>
    public bool Recurse { get; init; }

    /// <summary>Objects at most that are under way at a time.</summary>
    public int ThrottleLimit { get; init; } = 16;

    /// <summary>Which part of the work is this process's.</summary>
    public Shard Shard { get; init; } = Shard.Whole;

    /// <summary>Somebody wants to see or confirm what would be done.</summary>
    public bool WantsPlan { get; init; }

    /// <summary>Everything must be found before the first object is saved.</summary>
    public bool IsPlanned => WantsPlan || Shard.IsPart;

    /// <summary>How one object is brought.</summary>
    /// <param name="share">What of it; null for all.</param>
    public ZonalDownloadOptions ForOne(ByteRange? share) => new()
    {
        Overwrite = Overwrite,
        Resume = Resume,
        PreserveTimestamp = PreserveTimestamp,
        Share = share,
    };
}
