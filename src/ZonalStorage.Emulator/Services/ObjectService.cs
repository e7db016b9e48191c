using Google.Cloud.Storage.V2;
using Google.Protobuf.WellKnownTypes;
using ZonalStorage.Emulator.Grpc;
using ZonalStorage.Emulator.Services.Listing;
using ZonalStorage.Emulator.Storage;
using Resource = Google.Cloud.Storage.V2.Object;

namespace ZonalStorage.Emulator.Services;

/// <summary>Objects without their bytes: list, delete, update, move.</summary>
internal sealed class ObjectService(BucketRegistry buckets) : IRpcService
{
    public IEnumerable<RpcMethod> Methods =>
    [
        RpcMethod.Unary(
            Rpc.Storage, "ListObjects", "storage.objects.list", "bucket", ListObjectsRequest.Parser, ListObjects),
        RpcMethod.Unary(
            Rpc.Storage, "DeleteObject", "storage.objects.delete", "bucket", DeleteObjectRequest.Parser, DeleteObject),
        RpcMethod.Unary(
            Rpc.Storage, "UpdateObject", "storage.objects.patch", "bucket", UpdateObjectRequest.Parser, UpdateObject),
        RpcMethod.Unary(
            Rpc.Storage, "MoveObject", "storage.objects.move", "bucket", MoveObjectRequest.Parser, MoveObject),
    ];

    private ListObjectsResponse ListObjects(RpcCall call, ListObjectsRequest request) =>
        buckets[call.BucketOf(request.Parent)].Browse(view => new ObjectListing(request, view).Run());

    private Empty DeleteObject(RpcCall call, DeleteObjectRequest request)
    {
        buckets[call.BucketOf(request.Bucket)].Delete(request.Object, request.Generation, new Preconditions(
            request.HasIfGenerationMatch ? request.IfGenerationMatch : null,
            request.HasIfGenerationNotMatch ? request.IfGenerationNotMatch : null,
            request.HasIfMetagenerationMatch ? request.IfMetagenerationMatch : null,
            request.HasIfMetagenerationNotMatch ? request.IfMetagenerationNotMatch : null));
        return new Empty();
    }

    private Resource UpdateObject(RpcCall call, UpdateObjectRequest request)
    {
        if (request.Object is null) throw RpcFailure.Invalid("UpdateObject needs an object.");
        if (request.UpdateMask is not { Paths.Count: > 0 } mask)
        {
            throw RpcFailure.Invalid("update_mask must name a field.");
        }

        var bucket = buckets[call.BucketOf(request.Object.Bucket)];
        var preconditions = new Preconditions(
            request.HasIfGenerationMatch ? request.IfGenerationMatch : null,
            request.HasIfGenerationNotMatch ? request.IfGenerationNotMatch : null,
            request.HasIfMetagenerationMatch ? request.IfMetagenerationMatch : null,
            request.HasIfMetagenerationNotMatch ? request.IfMetagenerationNotMatch : null);
        var change = ObjectUpdate.Plan(request.Object, mask);
        return bucket.Update(request.Object.Name, request.Object.Generation, preconditions, change).Describe();
    }

    private Resource MoveObject(RpcCall call, MoveObjectRequest request)
    {
        var source = new Preconditions(
            request.HasIfSourceGenerationMatch ? request.IfSourceGenerationMatch : null,
            request.HasIfSourceGenerationNotMatch ? request.IfSourceGenerationNotMatch : null,
            request.HasIfSourceMetagenerationMatch ? request.IfSourceMetagenerationMatch : null,
            request.HasIfSourceMetagenerationNotMatch ? request.IfSourceMetagenerationNotMatch : null);
        var destination = new Preconditions(
            request.HasIfGenerationMatch ? request.IfGenerationMatch : null,
            request.HasIfGenerationNotMatch ? request.IfGenerationNotMatch : null,
            request.HasIfMetagenerationMatch ? request.IfMetagenerationMatch : null,
            request.HasIfMetagenerationNotMatch ? request.IfMetagenerationNotMatch : null);
        return buckets[call.BucketOf(request.Bucket)]
            .Move(request.SourceObject, request.DestinationObject, source, destination)
            .Describe();
    }
}
