namespace ZonalStorage.Cmdlets.Operations;

/// <summary>What decides how fast a bucket can be read from here.</summary>
public sealed record ZonalBucketTest
{
    /// <summary>Bucket name.</summary>
    public required string Name { get; init; }

    /// <summary>True for a zonal (Rapid Storage) bucket.</summary>
    public required bool IsZonal { get; init; }

    /// <summary>Zone of the bucket; null when it is not zonal.</summary>
    public string? Zone { get; init; }

    /// <summary>Region of the bucket.</summary>
    public string Location { get; init; } = "";

    /// <summary>True when folders are resources.</summary>
    public bool HierarchicalNamespace { get; init; }

    /// <summary>Zone of this machine; null off Google Cloud.</summary>
    public string? MachineZone { get; init; }

    /// <summary>True when machine and bucket are in one zone, where reads are fastest; null when either zone is not known.</summary>
    public bool? IsSameZone => Zone is null || MachineZone is null
        ? null
        : string.Equals(Zone, MachineZone, StringComparison.OrdinalIgnoreCase);
}
