namespace ZonalStorage;

/// <summary>What the service tells of an object.</summary>
public sealed record ZonalObjectInfo
{
    /// <summary>Bucket name.</summary>
    public required string Bucket { get; init; }

    /// <summary>Object name; for a prefix (a "folder" of a listing) it ends with <c>/</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Generation of the content; 0 for a prefix.</summary>
    public long Generation { get; init; }

    /// <summary>Version of the metadata.</summary>
    public long Metageneration { get; init; }

    /// <summary>
    /// Size in bytes. While the object is not finalized a listing or stat may lag behind what was appended; the size that
    /// an open reader reports is the trustworthy one.
    /// </summary>
    public long Size { get; init; }

    /// <summary>True once no more can be appended (the service set a finalize time).</summary>
    public bool IsFinalized { get; init; }

    /// <summary>CRC32C (Castagnoli) of the whole content; null while not finalized or not told.</summary>
    public uint? Crc32C { get; init; }

    /// <summary>MD5 of the whole content; null where the service keeps none (appendable objects).</summary>
    public ReadOnlyMemory<byte>? Md5 { get; init; }

    /// <summary>Media type; empty if none.</summary>
    public string ContentType { get; init; } = "";

    /// <summary>Content encoding; empty if none. The bytes are never decoded on the way.</summary>
    public string ContentEncoding { get; init; } = "";

    /// <summary>Storage class, <c>RAPID</c> in zonal buckets.</summary>
    public string StorageClass { get; init; } = "";

    /// <summary>Entity tag.</summary>
    public string ETag { get; init; } = "";

    /// <summary>When the object was made, UTC.</summary>
    public DateTimeOffset? Created { get; init; }

    /// <summary>When the metadata last changed, UTC.</summary>
    public DateTimeOffset? Updated { get; init; }

    /// <summary>When the object was finalized, UTC; null while it still can be appended to.</summary>
    public DateTimeOffset? Finalized { get; init; }

    /// <summary>User metadata.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } =
        new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>True for a common prefix of a delimited listing, which has a name and nothing else.</summary>
    public bool IsPrefix { get; init; }

    /// <summary>The address, pinned to this generation (a prefix has none).</summary>
    public ZonalUri Uri => new(Bucket, Name, IsPrefix || Generation == 0 ? null : Generation);
}
