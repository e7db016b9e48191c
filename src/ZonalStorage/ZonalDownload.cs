namespace ZonalStorage;

/// <summary>How an object is brought to a file.</summary>
public sealed record ZonalDownloadOptions
{
    /// <summary>Replace an existing file. Default false: an existing file is an error.</summary>
    public bool Overwrite { get; init; }

    /// <summary>The part of the object to write. Default: all of it.</summary>
    public ByteRange Range { get; init; } = ByteRange.All;
}

/// <summary>A finished transfer of one object to one file.</summary>
public sealed record ZonalTransferResult
{
    /// <summary>The object, pinned to the generation that was read.</summary>
    public required ZonalUri Uri { get; init; }

    /// <summary>The file, as a full path.</summary>
    public required string Path { get; init; }

    /// <summary>Bytes written.</summary>
    public required long Bytes { get; init; }

    /// <summary>From the request to the file's final name.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>CRC32C of the bytes written.</summary>
    public required uint Crc32C { get; init; }

    /// <summary>Bytes per second.</summary>
    public double BytesPerSecond => Duration > TimeSpan.Zero ? Bytes / Duration.TotalSeconds : 0;
}
