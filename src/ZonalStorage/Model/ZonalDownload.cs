namespace ZonalStorage;

/// <summary>How an object is brought to a file.</summary>
public sealed record ZonalDownloadOptions
{
    /// <summary>Replace an existing file. Default false: an existing file is an error.</summary>
    public bool Overwrite { get; init; }

    /// <summary>The part of the object to write. Default: all of it.</summary>
    public ByteRange Range { get; init; } = ByteRange.All;

    /// <summary>
    /// Go on where an earlier call with this option, of the same generation and range, was interrupted, even killed; and
    /// leave what is there for a later call if this one fails. Default false: a failure leaves nothing.
    /// </summary>
    public bool Resume { get; init; }

    /// <summary>Give the file the time of the object's content instead of now. Default false.</summary>
    public bool PreserveTimestamp { get; init; }

    /// <summary>
    /// The stretch of the file that this call brings, where other calls, also in other processes and on other machines that
    /// share the file system, bring the rest. It begins and ends at multiples of <see cref="ShareAlignment"/>, or at the
    /// file's end. The call that finds everything there checks the whole and gives the file its name. Implies
    /// <see cref="Resume"/>. Default null: everything.
    /// </summary>
    public ByteRange? Share { get; init; }

    /// <summary>Bytes of which <see cref="Share"/> takes multiples: 2 MiB.</summary>
    public static long ShareAlignment => Transfer.PartTable.PartSize;
}

/// <summary>A finished transfer of one object to one file.</summary>
public sealed record ZonalTransferResult
{
    /// <summary>The object, pinned to the generation that was read.</summary>
    public required ZonalUri Uri { get; init; }

    /// <summary>The file, as a full path.</summary>
    public required string Path { get; init; }

    /// <summary>Bytes brought by this call.</summary>
    public required long Bytes { get; init; }

    /// <summary>Bytes that an earlier call had brought, and that were found right.</summary>
    public long ResumedBytes { get; init; }

    /// <summary>Why nothing could be resumed although an earlier call left something; null otherwise.</summary>
    public string? Restarted { get; init; }

    /// <summary>True if the file has its name; false if other shares of it are missing still.</summary>
    public bool IsComplete { get; init; } = true;

    /// <summary>From the request to the file's final name.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>CRC32C of the whole file; null while other shares of it are missing.</summary>
    public uint? Crc32C { get; init; }

    /// <summary>Bytes per second.</summary>
    public double BytesPerSecond => Duration > TimeSpan.Zero ? Bytes / Duration.TotalSeconds : 0;
}
