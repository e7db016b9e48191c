using ZonalStorage.Emulator.Grpc;

namespace ZonalStorage.Emulator.Faults.Kinds;

/// <summary>No fault: waits in the script for a call that carries the token, so that a test can see it came.</summary>
internal sealed class ExpectToken(string token) : Fault
{
    public override bool AppliesTo(RpcCall call) =>
        string.Equals(call.Params.RoutingToken, token, StringComparison.Ordinal);
}
