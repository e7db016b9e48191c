namespace ZonalStorage.Emulator.Faults.Actions;

/// <summary>Asks the client to leave the connection: open streams go on, new ones are refused.</summary>
internal sealed class SendGoAway : FaultAction
{
    public override ValueTask StrikeAsync(FaultSite site)
    {
        site.Call.SendGoAway();
        return ValueTask.CompletedTask;
    }
}
