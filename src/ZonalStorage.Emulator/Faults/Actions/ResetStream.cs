using ZonalStorage.Emulator.Grpc;

namespace ZonalStorage.Emulator.Faults.Actions;

/// <summary>Sends RST_STREAM with an HTTP/2 error code.</summary>
internal sealed class ResetStream(int errorCode) : FaultAction
{
    public override ValueTask StrikeAsync(FaultSite site)
    {
        site.Call.ResetStream(errorCode);
        throw new CallBroken();
    }
}
