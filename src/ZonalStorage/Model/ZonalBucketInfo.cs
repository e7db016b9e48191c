namespace ZonalStorage;

/// <summary>What the service tells of a bucket.</summary>
public sealed record ZonalBucketInfo
{
    /// <summary>Bucket name.</summary>
    public required string Name { get; init; }

    /// <summary>Region, such as <c>US-CENTRAL1</c>.</summary>
    public string Location { get; init; } = "";

    /// <summary><c>zone</c> for a zonal bucket; <c>region</c>, <c>dual-region</c> or <c>multi-region</c> else.</summary>
    public string LocationType { get; init; } = "";

    /// <summary>Zone, such as <c>us-central1-a</c>; null when the bucket is not zonal or the service does not tell.</summary>
    public string? Zone { get; init; }

    /// <summary>Default storage class, <c>RAPID</c> in zonal buckets; null only where <see cref="MissingPermission"/> says why.</summary>
    public string? StorageClass { get; init; }

    /// <summary>True when folders are resources (zonal buckets always).</summary>
    public bool HierarchicalNamespace { get; init; }

    /// <summary>When the bucket was made, UTC; null where <see cref="MissingPermission"/> says why, or it is not told.</summary>
    public DateTimeOffset? Created { get; init; }

    /// <summary>
    /// The permission that the credential lacks to be told <see cref="StorageClass"/> and <see cref="Created"/>, such as
    /// <c>storage.buckets.get</c>, which readers of a bucket's objects often lack; null if nothing is left out.
    /// </summary>
    public string? MissingPermission { get; init; }

    /// <summary>True for a zonal (Rapid Storage) bucket: the only kind whose objects can be read by ranges over streams.</summary>
    public bool IsZonal => string.Equals(LocationType, "zone", StringComparison.OrdinalIgnoreCase);

    /// <summary>The address.</summary>
    public ZonalUri Uri => new(Name, "");
}
