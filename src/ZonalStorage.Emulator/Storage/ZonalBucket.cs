using Google.Cloud.Storage.V2;
using Google.Protobuf.WellKnownTypes;
using ZonalStorage.Emulator.Grpc;
using Resource = Google.Cloud.Storage.V2.Object;

namespace ZonalStorage.Emulator.Storage;

/// <summary>
/// One bucket: the index of its live objects and folders. Every member may be called from any thread; a lock is held
/// for the length of one operation, never while bytes move.
/// </summary>
internal sealed class ZonalBucket : IDisposable
{
    private readonly object _gate = new();
    private readonly Dictionary<string, StoredObject> _objects = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _names = new(Utf8Order.Instance);
    private readonly SyntheticObjects _synthetic;
    private readonly IBucketMedium _medium;
    private long _lastGeneration;

    public ZonalBucket(Bucket resource, IBucketMedium medium, SyntheticObjects synthetic)
    {
        Resource = resource;
        Name = resource.BucketId;
        _medium = medium;
        _synthetic = synthetic;
        Folders = new FolderTree(this, medium, _gate, _names);
    }

    public string Name { get; }

    public Bucket Resource { get; }

    public FolderTree Folders { get; }

    public bool IsEmpty
    {
        get
        {
            lock (_gate)
            {
                Rescan();
                return _names.Count == 0;
            }
        }
    }

    /// <summary>The live object; NOT_FOUND when there is none or a pinned generation is no longer live.</summary>
    public StoredObject Get(string name, long generation = 0)
    {
        var live = Find(name);
        if (live is null || (generation != 0 && generation != live.Generation)) throw NoSuchObject(name, generation);
        return live;
    }

    public StoredObject? Find(string name)
    {
        lock (_gate) return FindLocked(name);
    }

    /// <summary>Makes a new, empty, unfinalized object, replacing a live one unless the check forbids it.</summary>
    public StoredObject Create(Resource template, Preconditions preconditions)
    {
        CheckName(template.Name);
        lock (_gate)
        {
            var live = FindLocked(template.Name);
            preconditions.Check(live, isRead: false);
            RefuseSynthetic(live);
            live?.TakeOver();
            var now = Timestamp.FromDateTime(DateTime.UtcNow);
            var resource = template.Clone();
            resource.Bucket = BucketNames.Full(Name);
            resource.Generation = NextGeneration();
            resource.Metageneration = 1;
            resource.StorageClass = "RAPID";
            resource.CreateTime = now;
            resource.UpdateTime = now;
            resource.FinalizeTime = null;
            resource.Checksums = null;
            resource.Size = 0;
            resource.Etag = $"{resource.Generation:x}-1";
            var stored = new StoredObject(resource, _medium.Create(template.Name));
            Put(stored);
            _medium.Save(stored);
            return stored;
        }
    }

    public StoredObject Update(string name, long generation, Preconditions preconditions, Action<Resource> change)
    {
        lock (_gate)
        {
            var live = Live(name, generation);
            preconditions.Check(live, isRead: false);
            RefuseSynthetic(live);
            live.Change(resource =>
            {
                change(resource);
                resource.Metageneration++;
            });
            _medium.Save(live);
            return live;
        }
    }

    public void Delete(string name, long generation, Preconditions preconditions)
    {
        lock (_gate)
        {
            var live = Live(name, generation);
            preconditions.Check(live, isRead: false);
            RefuseSynthetic(live);
            live.TakeOver();
            Drop(name);
            _medium.Remove(name);
        }
    }

    public StoredObject Move(string from, string to, Preconditions source, Preconditions destination)
    {
        CheckName(to);
        if (string.Equals(from, to, StringComparison.Ordinal))
        {
            throw RpcFailure.Invalid("Source and destination of a move are the same object.");
        }

        lock (_gate)
        {
            var live = Live(from, 0);
            source.Check(live, isRead: false);
            var target = FindLocked(to);
            destination.Check(target, isRead: false);
            RefuseSynthetic(live);
            RefuseSynthetic(target);
            live.TakeOver();
            target?.TakeOver();
            _medium.Rename(live, to);
            Drop(from);
            live.Change(resource =>
            {
                resource.Name = to;
                resource.Generation = NextGeneration();
                resource.Metageneration = 1;
            });
            Put(live);
            _medium.Save(live);
            return live;
        }
    }

    /// <summary>Marks an object complete; false when another stream has the turn.</summary>
    public bool TryFinalize(StoredObject stored, WriteTurn turn)
    {
        lock (_gate)
        {
            var done = stored.TryWrite(turn, () => stored.Change(resource =>
                resource.FinalizeTime = Timestamp.FromDateTime(DateTime.UtcNow)));
            if (done) _medium.Save(stored);
            return done;
        }
    }

    /// <summary>Gives a consistent look at the whole bucket, under its lock.</summary>
    public T Browse<T>(Func<BucketView, T> use)
    {
        lock (_gate)
        {
            Rescan();
            return use(new BucketView(_names, Folders, FindLocked));
        }
    }

    /// <summary>Removes what is left of the bucket.</summary>
    public void Dispose() => _medium.Dispose();

    public static void CheckName(string name)
    {
        var bytes = System.Text.Encoding.UTF8.GetByteCount(name);
        if (bytes is 0 or > 1024 || name.AsSpan().IndexOfAny('\r', '\n') >= 0 || name is "." or "..")
        {
            throw RpcFailure.Invalid($"'{name}' is not an object name: 1 to 1024 bytes of UTF-8, no line breaks.");
        }
    }

    private static void RefuseSynthetic(StoredObject? stored)
    {
        if (stored?.IsSynthetic == true)
        {
            throw RpcFailure.Precondition($"'{stored.Name}' is a synthetic object of the emulator; it cannot change.");
        }
    }

    private StoredObject Live(string name, long generation)
    {
        var live = FindLocked(name);
        return live is null || (generation != 0 && generation != live.Generation)
            ? throw NoSuchObject(name, generation)
            : live;
    }

    private RpcFailure NoSuchObject(string name, long generation) => RpcFailure.NotFound(
        $"No such object: {Name}/{name}" + (generation == 0 ? "" : $" with generation {generation}"));

    private StoredObject? FindLocked(string name)
    {
        var known = _objects.GetValueOrDefault(name);
        var current = _medium.Refresh(name, known);
        if (current is null)
        {
            if (known is not null) Drop(name);
            return _synthetic.Find(Name, name);
        }

        if (!ReferenceEquals(current, known)) Put(current);
        return current;
    }

    private void Put(StoredObject stored)
    {
        _objects[stored.Name] = stored;
        _names.Add(stored.Name);
        Folders.AddParentsOf(stored.Name);
    }

    private void Drop(string name)
    {
        _objects.Remove(name);
        _names.Remove(name);
    }

    /// <summary>Takes in what was changed behind the bucket's back; called under the lock.</summary>
    public void Rescan()
    {
        if (_medium.Scan() is not { } found) return;
        Folders.Adopt(_medium.ScanFolders());
        var present = new HashSet<string>(found, StringComparer.Ordinal);
        foreach (var name in _names.Where(name => !present.Contains(name)).ToList()) Drop(name);
        foreach (var name in present)
        {
            if (!_objects.ContainsKey(name)) FindLocked(name);
        }
    }

    /// <summary>Microseconds since 1970, as the service's generations look, and never the same twice.</summary>
    private long NextGeneration()
    {
        var now = (DateTime.UtcNow - DateTime.UnixEpoch).Ticks / 10;
        return _lastGeneration = Math.Max(now, _lastGeneration + 1);
    }
}
