namespace ZonalStorage.Cmdlets.Saving;

/// <summary>What a Save-ZonalObject did, in all.</summary>
public sealed record ZonalSaveSummary
{
    /// <summary>The folder, as a full path.</summary>
    public required string Destination { get; init; }

    /// <summary>Objects saved, those of which this process brought a share included.</summary>
    public required int Saved { get; init; }

    /// <summary>Objects left alone because their files were there and right.</summary>
    public required int Skipped { get; init; }

    /// <summary>Objects that failed; there was an error for each.</summary>
    public required int Failed { get; init; }

    /// <summary>Bytes brought.</summary>
    public required long Bytes { get; init; }

    /// <summary>Bytes that earlier runs had brought of what was resumed.</summary>
    public required long ResumedBytes { get; init; }

    /// <summary>From the first object to the last.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>Bytes per second.</summary>
    public double BytesPerSecond => Duration > TimeSpan.Zero ? Bytes / Duration.TotalSeconds : 0;
}
