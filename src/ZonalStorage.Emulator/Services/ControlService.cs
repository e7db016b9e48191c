using Google.Cloud.Storage.Control.V2;
using Google.Protobuf.WellKnownTypes;
using ZonalStorage.Emulator.Grpc;
using ZonalStorage.Emulator.Services.Listing;
using ZonalStorage.Emulator.Storage;

namespace ZonalStorage.Emulator.Services;

/// <summary>StorageControl: the layout, by which clients tell a zonal bucket, and folders.</summary>
internal sealed class ControlService(BucketRegistry buckets) : IRpcService
{
    private const string FolderKind = "folders/";

    public IEnumerable<RpcMethod> Methods =>
    [
        RpcMethod.Unary(
            Rpc.Control,
            "GetStorageLayout",
            "storage.storageLayout.get",
            "bucket",
            GetStorageLayoutRequest.Parser,
            GetStorageLayout),
        RpcMethod.Unary(
            Rpc.Control, "CreateFolder", "storage.folders.insert", "bucket", CreateFolderRequest.Parser, CreateFolder),
        RpcMethod.Unary(
            Rpc.Control, "GetFolder", "storage.folders.get", "bucket", GetFolderRequest.Parser, GetFolder),
        RpcMethod.Unary(
            Rpc.Control, "ListFolders", "storage.folders.list", "bucket", ListFoldersRequest.Parser, ListFolders),
        RpcMethod.Unary(
            Rpc.Control, "DeleteFolder", "storage.folders.delete", "bucket", DeleteFolderRequest.Parser, DeleteFolder),
        RpcMethod.Unserved(Rpc.Control, "RenameFolder"),
        RpcMethod.Unserved(Rpc.Control, "DeleteFolderRecursive"),
    ];

    private StorageLayout GetStorageLayout(RpcCall call, GetStorageLayoutRequest request)
    {
        var (name, tail) = BucketNames.Split(request.Name);
        if (tail is not "storageLayout") throw RpcFailure.Invalid($"'{request.Name}' does not end in /storageLayout.");
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

    private Folder CreateFolder(RpcCall call, CreateFolderRequest request) =>
        buckets[call.BucketOf(request.Parent)].Folders.Create(request.FolderId, request.Recursive);

    private Folder GetFolder(RpcCall call, GetFolderRequest request)
    {
        var (bucket, id) = Locate(call, request.Name);
        var folder = bucket.Folders.Get(id);
        Check(
            request.HasIfMetagenerationMatch ? request.IfMetagenerationMatch : null,
            request.HasIfMetagenerationNotMatch ? request.IfMetagenerationNotMatch : null,
            folder);
        return folder;
    }

    private Empty DeleteFolder(RpcCall call, DeleteFolderRequest request)
    {
        var (bucket, id) = Locate(call, request.Name);
        Check(
            request.HasIfMetagenerationMatch ? request.IfMetagenerationMatch : null,
            request.HasIfMetagenerationNotMatch ? request.IfMetagenerationNotMatch : null,
            bucket.Folders.Get(id));
        bucket.Folders.Delete(id);
        return new Empty();
    }

    private ListFoldersResponse ListFolders(RpcCall call, ListFoldersRequest request)
    {
        var bucket = buckets[call.BucketOf(request.Parent)];
        var size = PageToken.PageSize(request.PageSize);
        var from = PageToken.Read(request.PageToken) ?? request.LexicographicStart;
        var found = bucket.Folders.List(from, request.Prefix, request.LexicographicEnd, request.Delimiter is "/")
            .Take(size + 1)
            .ToList();
        var page = new ListFoldersResponse();
        page.Folders.AddRange(found.Take(size).Select(f => f.Folder));
        if (found.Count > size) page.NextPageToken = PageToken.Write(found[size].Id);
        return page;
    }

    private static void Check(long? match, long? notMatch, Folder folder)
    {
        if ((match is { } m && m != folder.Metageneration) || notMatch == folder.Metageneration)
        {
            throw RpcFailure.Precondition($"The metageneration of {folder.Name} is {folder.Metageneration}.");
        }
    }

    private (ZonalBucket Bucket, string Id) Locate(RpcCall call, string name)
    {
        var (bucket, tail) = BucketNames.Split(name);
        if (!tail.StartsWith(FolderKind, StringComparison.Ordinal))
        {
            throw RpcFailure.Invalid($"'{name}' is not a folder of the form projects/_/buckets/NAME/folders/FOLDER/.");
        }

        return (buckets[call.BucketOf(BucketNames.Full(bucket))], tail[FolderKind.Length..]);
    }
}
