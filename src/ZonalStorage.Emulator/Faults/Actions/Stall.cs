namespace ZonalStorage.Emulator.Faults.Actions;

/// <summary>Says nothing for a while, then goes on.</summary>
internal sealed class Stall(TimeSpan time) : FaultAction
{
    public override ValueTask StrikeAsync(FaultSite site) => new(Task.Delay(time, site.Call.Token));
}
