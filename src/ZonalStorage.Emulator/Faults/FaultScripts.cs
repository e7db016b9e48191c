using ZonalStorage.Emulator.Grpc;

namespace ZonalStorage.Emulator.Faults;

internal sealed class FaultScripts
{
    public Fault Next(string? id, RpcMethod method, RpcCall call) => Fault.None;
}
