namespace ZonalStorage.Emulator.Storage;

/// <summary>Objects in memory, gone with the process. The bucket's index is all there is to keep.</summary>
internal sealed class MemoryMedium : IBucketMedium
{
    public ObjectContent Create(string name) => new MemoryContent();

    public void Save(StoredObject stored)
    {
    }

    public void Remove(string name)
    {
    }

    public void Rename(StoredObject stored, string to)
    {
    }

    public StoredObject? Refresh(string name, StoredObject? known) => known;

    public IEnumerable<string>? Scan() => null;

    public IEnumerable<string> ScanFolders() => [];

    public void CreateFolder(string folder)
    {
    }

    public void RemoveFolder(string folder)
    {
    }

    public void Dispose()
    {
    }
}
