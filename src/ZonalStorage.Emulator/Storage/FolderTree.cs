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
            bucket.Rescan();
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
        lock (gate)
        {
            bucket.Rescan();
            return Find(name).Clone();
        }
    }

    public void Delete(string id)
    {
        var name = Normalize(id);
        lock (gate)
        {
            bucket.Rescan();
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

    /// <summary>
    /// Folders below a prefix in order, as copies; with <paramref name="flat"/> only those directly below it.
    /// </summary>
    public IReadOnlyList<(string Id, Folder Folder)> List(string from, string prefix, string end, bool flat)
    {
        lock (gate)
        {
            bucket.Rescan();
            return [.. _folders
                .Where(f => f.Key.StartsWith(prefix, StringComparison.Ordinal))
                .Where(f => Utf8Order.Instance.Compare(f.Key, from) >= 0)
                .Where(f => end.Length == 0 || Utf8Order.Instance.Compare(f.Key, end) < 0)
                .Where(f => !flat || (f.Key.Length > prefix.Length
                    && f.Key.IndexOf('/', prefix.Length) == f.Key.Length - 1))
                .Select(f => (f.Key, f.Value.Clone()))];
        }
    }

    /// <summary>Called under the lock with all folders that the medium has.</summary>
    public void Adopt(IEnumerable<string> found)
    {
        var present = new HashSet<string>(found, StringComparer.Ordinal);
        foreach (var gone in _folders.Keys.Where(name => !present.Contains(name)).ToList()) _folders.Remove(gone);
        foreach (var name in present.Where(name => !_folders.ContainsKey(name))) Add(name);
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

    /// <summary>Called under the lock: the names of all folders in order.</summary>
    public IEnumerable<string> Names => _folders.Keys;

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
