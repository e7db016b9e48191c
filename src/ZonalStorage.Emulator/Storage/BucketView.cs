namespace ZonalStorage.Emulator.Storage;

/// <summary>A bucket's names and objects as its lock holder sees them; not to be kept.</summary>
internal readonly struct BucketView(
    SortedSet<string> names, FolderTree folders, Func<string, StoredObject?> find)
{
    public StoredObject? Find(string name) => find(name);

    /// <summary>Names in order; with folders, theirs are among them.</summary>
    public IEnumerable<string> NamesFrom(string start, bool withFolders)
    {
        var objects = names.Count == 0 || Utf8Order.Instance.Compare(start, names.Max) > 0
            ? Enumerable.Empty<string>()
            : names.GetViewBetween(start, names.Max);
        if (!withFolders) return objects;
        var fromFolders = folders.Names.SkipWhile(name => Utf8Order.Instance.Compare(name, start) < 0);
        return new SortedSet<string>(objects.Concat(fromFolders), Utf8Order.Instance);
    }
}
