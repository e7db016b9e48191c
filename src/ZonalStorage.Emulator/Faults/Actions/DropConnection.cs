using ZonalStorage.Emulator.Grpc;

namespace ZonalStorage.Emulator.Faults.Actions;

/// <summary>Closes the connection under all its streams.</summary>
internal sealed class DropConnection : FaultAction
{
    public override ValueTask StrikeAsync(FaultSite site)
    {
        site.Call.DropConnection();
        throw new CallBroken();
    }
}
