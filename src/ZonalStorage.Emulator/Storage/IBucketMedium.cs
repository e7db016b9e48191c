namespace ZonalStorage.Emulator.Storage;

/// <summary>
/// Where a bucket's objects lie. The bucket calls it under its own lock, and keeps the index; the medium keeps bytes
/// and tells of changes made behind the bucket's back.
/// </summary>
internal interface IBucketMedium
{
    /// <summary>Room for a new object, replacing whatever has the name; readers of the old one go on unharmed.</summary>
    ObjectContent Create(string name);

    /// <summary>Called after an object's metadata changed.</summary>
    void Save(StoredObject stored);

    void Remove(string name);

    void Rename(string from, string to);

    /// <summary>The object as the medium has it now, which is <paramref name="known"/> unless it was changed.</summary>
    StoredObject? Refresh(string name, StoredObject? known);

    /// <summary>All names that the medium holds; null where only the bucket can add any.</summary>
    IEnumerable<string>? Scan();

    void CreateFolder(string folder);

    void RemoveFolder(string folder);
}

/// <summary>Objects in memory, gone with the process.</summary>
internal sealed class MemoryMedium : IBucketMedium
{
    public ObjectContent Create(string name) => new MemoryContent();

    public void Save(StoredObject stored)
    {
        // The index is all there is.
    }

    public void Remove(string name)
    {
        // The index is all there is.
    }

    public void Rename(string from, string to)
    {
        // The index is all there is.
    }

    public StoredObject? Refresh(string name, StoredObject? known) => known;

    public IEnumerable<string>? Scan() => null;

    public void CreateFolder(string folder)
    {
        // The index is all there is.
    }

    public void RemoveFolder(string folder)
    {
        // The index is all there is.
    }
}
