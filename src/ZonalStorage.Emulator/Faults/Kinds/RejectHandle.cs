using ZonalStorage.Emulator.Grpc;
using ZonalStorage.Emulator.Services.Reading;

namespace ZonalStorage.Emulator.Faults.Kinds;

/// <summary>Refuses a read stream that brings a handle, as if the handle had expired.</summary>
internal sealed class RejectHandle : Fault
{
    public override ValueTask OnReadOpenAsync(ReadStream stream) => stream.Spec.ReadHandle is null
        ? ValueTask.CompletedTask
        : throw RpcFailure.Precondition("Injected: the read handle has expired.");
}
