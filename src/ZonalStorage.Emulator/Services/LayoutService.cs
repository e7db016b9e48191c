using Google.Cloud.Storage.Control.V2;
using ZonalStorage.Emulator.Grpc;
using ZonalStorage.Emulator.Storage;

namespace ZonalStorage.Emulator.Services;

/// <summary>GetStorageLayout: how clients find out that a bucket is zonal.</summary>
internal sealed class LayoutService(BucketRegistry buckets) : IRpcService
{
    public IEnumerable<RpcMethod> Methods =>
    [
        RpcMethod.Unary(
            Rpc.Control,
            "GetStorageLayout",
            "storage.storageLayout.get",
            "bucket",
            GetStorageLayoutRequest.Parser,
            GetStorageLayout),
    ];

    private StorageLayout GetStorageLayout(RpcCall call, GetStorageLayoutRequest request)
    {
        var (name, tail) = BucketNames.Split(request.Name);
        if (tail is not "storageLayout") throw RpcFailure.Invalid($"'{request.Name}' does not end with /storageLayout.");
        var bucket = buckets[call.BucketOf(BucketNames.Full(name))].Resource;
        return new StorageLayout
        {
            Name = request.Name,
            Location = bucket.Location,
            LocationType = bucket.LocationType,
            CustomPlacementConfig = new() { DataLocations = { bucket.CustomPlacementConfig.DataLocations } },
            HierarchicalNamespace = new() { Enabled = true },
        };
    }
}
