using System.Collections.Concurrent;
using Google.Cloud.Storage.V2;
using Google.Protobuf.WellKnownTypes;
using ZonalStorage.Emulator.Grpc;
using ZonalStorage.Emulator.Hosting;

namespace ZonalStorage.Emulator.Storage;

/// <summary>All buckets of this service. An unknown name does not exist, unless any bucket goes.</summary>
internal sealed class BucketRegistry
{
    private readonly ConcurrentDictionary<string, ZonalBucket> _buckets = new(StringComparer.Ordinal);
    private readonly EmulatorOptions _options;
    private readonly SyntheticObjects _synthetic;

    public BucketRegistry(EmulatorOptions options)
    {
        _options = options;
        _synthetic = new SyntheticObjects(options.MaxObjectSize);
        foreach (var name in InitialBuckets(options)) _buckets[name] = Build(name, "projects/emulator", options.Zone);
    }

    public IEnumerable<ZonalBucket> All => _buckets.Values.OrderBy(b => b.Name, Utf8Order.Instance);

    public ZonalBucket this[string name]
    {
        get
        {
            if (_buckets.TryGetValue(name, out var bucket)) return bucket;
            if (_options.AnyBucket) return _buckets.GetOrAdd(name, n => Build(n, "projects/emulator", _options.Zone));
            throw RpcFailure.NotFound($"The specified bucket does not exist: {name}");
        }
    }

    public ZonalBucket Create(string name, string project, string zone)
    {
        if (_buckets.ContainsKey(name)) throw Exists(name);
        var bucket = Build(name, project, zone);
        return _buckets.TryAdd(name, bucket)
            ? bucket
            : throw Exists(name);
    }

    public void Delete(ZonalBucket bucket)
    {
        if (!bucket.IsEmpty) throw RpcFailure.Precondition($"The bucket {bucket.Name} is not empty.");
        _buckets.TryRemove(bucket.Name, out _);
        bucket.Dispose();
    }

    /// <summary>The region of a zone, written as the service writes locations: US-CENTRAL1 for us-central1-a.</summary>
    public static string LocationOf(string zone)
    {
        var dash = zone.LastIndexOf('-');
        return (dash > 0 ? zone[..dash] : zone).ToUpperInvariant();
    }

    private static RpcFailure Exists(string name) =>
        new(StatusCode.AlreadyExists, $"The bucket {name} exists already.");

    /// <summary>Those asked for; else a served folder's subfolders; else the default one.</summary>
    private static IReadOnlyList<string> InitialBuckets(EmulatorOptions options)
    {
        if (options.Buckets.Count > 0) return options.Buckets;
        var found = options.Folder is { } folder && Directory.Exists(folder)
            ? Directory.GetDirectories(folder)
                .Select(path => Path.GetFileName(path))
                .Where(name => !name.StartsWith('.'))
                .ToList()
            : [];
        return found.Count > 0 || options.AnyBucket ? found : ["zonal-bucket"];
    }

    private ZonalBucket Build(string name, string project, string zone)
    {
        var now = Timestamp.FromDateTime(DateTime.UtcNow);
        var resource = new Bucket
        {
            Name = BucketNames.Full(name),
            BucketId = name,
            Project = project,
            Metageneration = 1,
            Location = LocationOf(zone),
            LocationType = "zone",
            StorageClass = "RAPID",
            Etag = "1",
            CreateTime = now,
            UpdateTime = now,
            CustomPlacementConfig = new() { DataLocations = { zone } },
            HierarchicalNamespace = new() { Enabled = true },
            IamConfig = new()
            {
                UniformBucketLevelAccess = new() { Enabled = true },
                PublicAccessPrevention = "inherited",
            },
        };
        IBucketMedium medium = _options.Folder is { } folder ? new FolderMedium(folder, name) : new MemoryMedium();
        return new ZonalBucket(resource, medium, _synthetic);
    }
}
