using System.Collections.Concurrent;
using Google.Cloud.Storage.V2;
using Google.Protobuf.WellKnownTypes;
using ZonalStorage.Emulator.Grpc;
using ZonalStorage.Emulator.Hosting;

namespace ZonalStorage.Emulator.Storage;

/// <summary>All buckets of this service. A name that was never created does not exist, unless any bucket goes.</summary>
internal sealed class BucketRegistry
{
    private readonly ConcurrentDictionary<string, ZonalBucket> _buckets = new(StringComparer.Ordinal);
    private readonly EmulatorOptions _options;
    private readonly SyntheticObjects _synthetic;

    public BucketRegistry(EmulatorOptions options)
    {
        _options = options;
        _synthetic = new SyntheticObjects(options.MaxObjectSize);
        foreach (var name in options.Buckets) _buckets[name] = Build(name, "projects/emulator");
    }

    public IEnumerable<ZonalBucket> All => _buckets.Values.OrderBy(b => b.Name, Utf8Order.Instance);

    public ZonalBucket this[string name]
    {
        get
        {
            if (_buckets.TryGetValue(name, out var bucket)) return bucket;
            if (_options.AnyBucket) return _buckets.GetOrAdd(name, n => Build(n, "projects/emulator"));
            throw RpcFailure.NotFound($"The specified bucket does not exist: {name}");
        }
    }

    public ZonalBucket Create(string name, string project)
    {
        var bucket = Build(name, project);
        return _buckets.TryAdd(name, bucket)
            ? bucket
            : throw new RpcFailure(StatusCode.AlreadyExists, $"The bucket {name} exists already.");
    }

    public void Delete(ZonalBucket bucket)
    {
        if (!bucket.IsEmpty) throw RpcFailure.Precondition($"The bucket {bucket.Name} is not empty.");
        _buckets.TryRemove(bucket.Name, out _);
    }

    /// <summary>The region of a zone, written as the service writes locations: US-CENTRAL1 for us-central1-a.</summary>
    public static string LocationOf(string zone)
    {
        var dash = zone.LastIndexOf('-');
        return (dash > 0 ? zone[..dash] : zone).ToUpperInvariant();
    }

    private ZonalBucket Build(string name, string project)
    {
        var now = Timestamp.FromDateTime(DateTime.UtcNow);
        var resource = new Bucket
        {
            Name = BucketNames.Full(name),
            BucketId = name,
            Project = project,
            Metageneration = 1,
            Location = LocationOf(_options.Zone),
            LocationType = "zone",
            StorageClass = "RAPID",
            Etag = "1",
            CreateTime = now,
            UpdateTime = now,
            CustomPlacementConfig = new() { DataLocations = { _options.Zone } },
            HierarchicalNamespace = new() { Enabled = true },
            IamConfig = new()
            {
                UniformBucketLevelAccess = new() { Enabled = true },
                PublicAccessPrevention = "inherited",
            },
        };
        return new ZonalBucket(resource, new MemoryMedium(), _synthetic);
    }
}
