using Google.Cloud.Storage.Control.V2;
using Google.Protobuf.WellKnownTypes;
using ZonalStorage.Emulator.Grpc;

namespace ZonalStorage.Emulator.Storage;

/// <summary>
/// The folder resources of a bucket with a hierarchical namespace. Names end with a slash. Writing an object makes the
/// folders above it, and they stay when it goes. Shares the bucket's lock.
/// </summary>
internal sealed class FolderTree(ZonalBucket bucket, IBucketMedium medium, object gate, SortedSet<string> objectNames)
{
    private readonly SortedDictionary<string, Folder> _folders = new(Utf8Order.Instance);

    public Folder Create(string id, bool recursive)
    {
        var name = Normalize(id);
        lock (gate)
        {
            if (_folders.ContainsKey(name))
            {
                throw new RpcFailure(StatusCode.AlreadyExists, $"The folder {bucket.Name}/{name} exists already.");
            }

            var parent = ParentOf(name);
            if (parent.Length > 0 && !_folders.ContainsKey(parent) && !recursive)
            {
                throw RpcFailure.Precondition($"The parent folder {parent} does not exist and recursive is not set.");
            }

            AddParentsOf(name);
            medium.CreateFolder(name);
            return Add(name).Clone();
        }
    }

    public Folder Get(string id)
    {
        var name = Normalize(id);
        lock (gate) return Find(name).Clone();
    }

    public void Delete(string id)
    {
        var name = Normalize(id);
        lock (gate)
        {
            Find(name);
            if (objectNames.Any(n => n.StartsWith(name, StringComparison.Ordinal))
                || _folders.Keys.Any(n => n.Length > name.Length && n.StartsWith(name, StringComparison.Ordinal)))
            {
                throw RpcFailure.Precondition($"The folder {bucket.Name}/{name} is not empty.");
            }

            _folders.Remove(name);
            medium.RemoveFolder(name);
        }
    }

    /// <summary>All folders in order, as copies.</summary>
    public IReadOnlyList<Folder> List()
    {
        lock (gate) return [.. _folders.Values.Select(f => f.Clone())];
    }

    /// <summary>Called under the lock.</summary>
    public void AddParentsOf(string name)
    {
        for (var slash = name.IndexOf('/', StringComparison.Ordinal); slash >= 0; slash = name.IndexOf('/', slash + 1))
        {
            var folder = name[..(slash + 1)];
            if (!_folders.ContainsKey(folder)) Add(folder);
        }
    }

    /// <summary>Called under the lock: the names of all folders that start so, in order.</summary>
    public IEnumerable<string> NamesUnder(string prefix) =>
        _folders.Keys.Where(name => name.StartsWith(prefix, StringComparison.Ordinal));

    private static string Normalize(string id)
    {
        if (id.Trim('/').Length == 0) throw RpcFailure.Invalid("A folder needs a name.");
        return id.EndsWith('/') ? id : id + "/";
    }

    private static string ParentOf(string name) => name[..(name.LastIndexOf('/', name.Length - 2) + 1)];

    private Folder Add(string name)
    {
        var now = Timestamp.FromDateTime(DateTime.UtcNow);
        return _folders[name] = new Folder
        {
            Name = $"{BucketNames.Full(bucket.Name)}/folders/{name}",
            Metageneration = 1,
            CreateTime = now,
            UpdateTime = now,
        };
    }

    private Folder Find(string name) => _folders.GetValueOrDefault(name)
        ?? throw RpcFailure.NotFound($"No such folder: {bucket.Name}/{name}");
}
