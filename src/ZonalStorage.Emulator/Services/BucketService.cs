using Google.Cloud.Storage.V2;
using Google.Protobuf.WellKnownTypes;
using ZonalStorage.Emulator.Grpc;
using ZonalStorage.Emulator.Services.Listing;
using ZonalStorage.Emulator.Storage;

namespace ZonalStorage.Emulator.Services;

/// <summary>Buckets: get, list, create (zonal ones only), delete.</summary>
internal sealed class BucketService(BucketRegistry buckets) : IRpcService
{
    public IEnumerable<RpcMethod> Methods =>
    [
        RpcMethod.Unary(
            Rpc.Storage, "GetBucket", "storage.buckets.get", "bucket", GetBucketRequest.Parser, GetBucket),
        RpcMethod.Unary(
            Rpc.Storage, "ListBuckets", "storage.buckets.list", "project", ListBucketsRequest.Parser, ListBuckets),
        RpcMethod.Unary(
            Rpc.Storage, "CreateBucket", "storage.buckets.insert", "project", CreateBucketRequest.Parser, CreateBucket),
        RpcMethod.Unary(
            Rpc.Storage, "DeleteBucket", "storage.buckets.delete", "bucket", DeleteBucketRequest.Parser, DeleteBucket),
    ];

    private static void Check(long? match, long? notMatch, Bucket bucket)
    {
        if ((match is { } m && m != bucket.Metageneration) || notMatch == bucket.Metageneration)
        {
            throw RpcFailure.Precondition($"The metageneration of {bucket.BucketId} is {bucket.Metageneration}.");
        }
    }

    private Bucket GetBucket(RpcCall call, GetBucketRequest request)
    {
        var bucket = buckets[call.BucketOf(request.Name)].Resource;
        Check(
            request.HasIfMetagenerationMatch ? request.IfMetagenerationMatch : null,
            request.HasIfMetagenerationNotMatch ? request.IfMetagenerationNotMatch : null,
            bucket);
        return ResourceMask.Apply(request.ReadMask, bucket);
    }

    private ListBucketsResponse ListBuckets(RpcCall call, ListBucketsRequest request)
    {
        if (!request.Parent.StartsWith("projects/", StringComparison.Ordinal))
        {
            throw RpcFailure.Invalid($"'{request.Parent}' is not a project of the form projects/ID.");
        }

        var from = PageToken.Read(request.PageToken) ?? "";
        var size = PageToken.PageSize(request.PageSize);
        var found = buckets.All
            .Where(b => b.Name.StartsWith(request.Prefix, StringComparison.Ordinal))
            .SkipWhile(b => Utf8Order.Instance.Compare(b.Name, from) < 0)
            .Take(size + 1)
            .ToList();
        var page = new ListBucketsResponse();
        page.Buckets.AddRange(found.Take(size).Select(b => ResourceMask.Apply(request.ReadMask, b.Resource)));
        if (found.Count > size) page.NextPageToken = PageToken.Write(found[size].Name);
        return page;
    }

    private Bucket CreateBucket(RpcCall call, CreateBucketRequest request)
    {
        var bucket = request.Bucket ?? throw RpcFailure.Invalid("CreateBucket needs a bucket.");
        if (request.Parent is not ("" or "projects/_") || bucket.Name.Length > 0)
        {
            throw RpcFailure.Invalid("parent must be projects/_ (the project is bucket.project), bucket.name empty.");
        }

        if (request.BucketId.Length is < 3 or > 63 || request.BucketId.Contains('/', StringComparison.Ordinal))
        {
            throw RpcFailure.Invalid($"'{request.BucketId}' is not a bucket name.");
        }

        RequireZonal(bucket);
        return buckets.Create(request.BucketId, bucket.Project, bucket.CustomPlacementConfig.DataLocations[0]).Resource;
    }

    private Empty DeleteBucket(RpcCall call, DeleteBucketRequest request)
    {
        var bucket = buckets[call.BucketOf(request.Name)];
        Check(
            request.HasIfMetagenerationMatch ? request.IfMetagenerationMatch : null,
            request.HasIfMetagenerationNotMatch ? request.IfMetagenerationNotMatch : null,
            bucket.Resource);
        buckets.Delete(bucket);
        return new Empty();
    }

    private static void RequireZonal(Bucket bucket)
    {
        var wrong = bucket switch
        {
            { CustomPlacementConfig.DataLocations.Count: not 1 } or { CustomPlacementConfig: null } =>
                "custom_placement_config must name one zone",
            { StorageClass: not "RAPID" } => "storage_class must be RAPID",
            { HierarchicalNamespace: not { Enabled: true } } => "hierarchical_namespace must be enabled",
            { IamConfig.UniformBucketLevelAccess: not { Enabled: true } } or { IamConfig: null } =>
                "uniform_bucket_level_access must be enabled",
            _ => null,
        };
        if (wrong is not null) throw RpcFailure.Invalid($"Only zonal buckets are made here: {wrong}.");
    }
}
