namespace ZonalStorage.Emulator.Faults.Actions;

/// <summary>Closes the connection in the middle of the next DATA frame, whichever stream's it is.</summary>
internal sealed class CutFrame : FaultAction
{
    public override bool NeedsWire => true;

    public override ValueTask StrikeAsync(FaultSite site)
    {
        site.Call.Wire.Manners.CutsNextData = true;
        return ValueTask.CompletedTask;
    }
}
