using ZonalStorage.Emulator.Grpc;

namespace ZonalStorage.Emulator.Faults;

/// <summary>Strikes before anything of the call was looked at.</summary>
internal sealed class AtCallStart(FaultAction action) : Fault
{
    public override ValueTask OnCallAsync(RpcCall call) => action.StrikeAsync(new FaultSite(call));
}
