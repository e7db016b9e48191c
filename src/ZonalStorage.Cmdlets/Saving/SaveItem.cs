namespace ZonalStorage.Cmdlets.Saving;

/// <summary>One object to save.</summary>
/// <param name="Uri">The object.</param>
/// <param name="Info">What is known of it; null if nothing is yet.</param>
/// <param name="Path">The file, as a full path.</param>
/// <param name="Share">The stretch that this process brings; null for all of it.</param>
internal sealed record SaveItem(ZonalUri Uri, ZonalObjectInfo? Info, string Path, ByteRange? Share = null)
{
    /// <summary>Bytes to bring; null while the size is not known.</summary>
    public long? Bytes => Info is null ? null : Share is { } share ? share.Resolve(Info.Size).Length : Info.Size;

    /// <summary>The object stands for a folder: that is made, and nothing is brought.</summary>
    public bool IsFolder { get; init; }
}
