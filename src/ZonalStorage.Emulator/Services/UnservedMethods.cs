using ZonalStorage.Emulator.Grpc;

namespace ZonalStorage.Emulator.Services;

/// <summary>Methods of the schema that zonal buckets, or this emulator, do without.</summary>
internal sealed class UnservedMethods : IRpcService
{
    private static readonly string[] _names =
    [
        "ComposeObject", "RewriteObject", "RestoreObject", "QueryWriteStatus", "CancelResumableWrite", "UpdateBucket",
        "LockBucketRetentionPolicy", "GetIamPolicy", "SetIamPolicy", "TestIamPermissions",
    ];

    public IEnumerable<RpcMethod> Methods => _names.Select(name => RpcMethod.Unserved(Rpc.Storage, name));
}
