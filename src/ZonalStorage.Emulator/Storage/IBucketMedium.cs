namespace ZonalStorage.Emulator.Storage;

/// <summary>
/// Where a bucket's objects lie. The bucket calls it under its own lock and keeps the index; the medium keeps the bytes
/// and tells of changes made behind the bucket's back. Disposing it removes what is left of the bucket.
/// </summary>
internal interface IBucketMedium : IDisposable
{
    /// <summary>Room for a new object, replacing whatever has the name; readers of the old go on unharmed.</summary>
    ObjectContent Create(string name);

    /// <summary>Called after an object's metadata changed.</summary>
    void Save(StoredObject stored);

    void Remove(string name);

    /// <summary>Called before the object's metadata says so.</summary>
    void Rename(StoredObject stored, string to);

    /// <summary>The object as the medium has it now, which is <paramref name="known"/> unless it was changed.</summary>
    StoredObject? Refresh(string name, StoredObject? known);

    /// <summary>All names that the medium holds; null where only the bucket can add any.</summary>
    IEnumerable<string>? Scan();

    IEnumerable<string> ScanFolders();

    void CreateFolder(string folder);

    void RemoveFolder(string folder);
}
