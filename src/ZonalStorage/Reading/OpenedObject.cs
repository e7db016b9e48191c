namespace ZonalStorage.Reading;

/// <summary>What a stream's first response told: the object as it is read from now on.</summary>
internal sealed record OpenedObject(ZonalObjectInfo Info)
{
    /// <summary>Size in bytes at that time.</summary>
    public long Size => Info.Size;

    /// <summary>Generation, pinned from now on.</summary>
    public long Generation => Info.Generation;
}
