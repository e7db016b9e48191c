using ZonalStorage.Emulator.Grpc;

namespace ZonalStorage.Emulator.Faults.Kinds;

/// <summary>Strikes only calls whose routing header demands direct connectivity.</summary>
internal sealed class IfDirectPathEnforced(FaultAction action) : Fault
{
    public override bool AppliesTo(RpcCall call) => call.Params["force_direct_connectivity"] is "ENFORCED";

    public override ValueTask OnCallAsync(RpcCall call) => action.StrikeAsync(new FaultSite(call));
}
