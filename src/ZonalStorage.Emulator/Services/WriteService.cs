using ZonalStorage.Emulator.Admin;
using ZonalStorage.Emulator.Grpc;
using ZonalStorage.Emulator.Services.Writing;
using ZonalStorage.Emulator.Storage;

namespace ZonalStorage.Emulator.Services;

/// <summary>Writing: appendable objects by BidiWriteObject, and the refusal of every other way.</summary>
internal sealed class WriteService(BucketRegistry buckets, Statistics statistics) : IRpcService
{
    private const string FaultKey = "storage.objects.insert";

    public IEnumerable<RpcMethod> Methods =>
    [
        new RpcMethod(
            Rpc.Storage,
            "BidiWriteObject",
            FaultKey,
            "bucket",
            call => WriteStream.RunAsync(call, buckets, statistics)),
        new RpcMethod(Rpc.Storage, "WriteObject", FaultKey, null, _ => throw new RpcFailure(
            StatusCode.FailedPrecondition,
            "This bucket is zonal: write with BidiWriteObject and appendable set, not with WriteObject.")),
        new RpcMethod(Rpc.Storage, "StartResumableWrite", FaultKey, null, _ => throw new RpcFailure(
            StatusCode.FailedPrecondition,
            "This bucket is zonal: write with BidiWriteObject and appendable set, not with a resumable upload.")),
    ];
}
