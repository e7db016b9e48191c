using ZonalStorage.Emulator.Grpc;

namespace ZonalStorage.Emulator.Faults.Kinds;

/// <summary>Response headers, or trailers, that nobody asked for.</summary>
internal sealed class HugeHeaders(long size, bool asTrailers) : Fault
{
    public override ValueTask OnCallAsync(RpcCall call)
    {
        call.AddFiller(size, asTrailers);
        return ValueTask.CompletedTask;
    }
}
