namespace ZonalStorage;

/// <summary>What became of one range of a vector read: its bytes, or the reason why there are none.</summary>
public sealed record ZonalRangeResult
{
    /// <summary>The object, pinned to the generation that was read; unpinned when it could not be opened.</summary>
    public required ZonalUri Uri { get; init; }

    /// <summary>The range as asked for.</summary>
    public required ByteRange Range { get; init; }

    /// <summary>Position of the range in the request, from 0.</summary>
    public required int Index { get; init; }

    /// <summary>First byte, absolute; -1 when the range failed before it was known.</summary>
    public long Offset { get; init; } = -1;

    /// <summary>Bytes read; 0 for a range that failed.</summary>
    public int Length => Data?.Length ?? 0;

    /// <summary>The bytes, checked; null exactly when <see cref="Error"/> is set.</summary>
    public byte[]? Data { get; init; }

    /// <summary>Why there are no bytes; null for success.</summary>
    public ZonalException? Error { get; init; }

    /// <summary>True when the object ended before the range did, so that fewer bytes came than were asked for.</summary>
    public bool IsTruncated { get; init; }
}
