namespace ZonalStorage.Emulator.Faults;

/// <summary>What a fault does when its moment has come. Ends the call by throwing, or lets it go on.</summary>
internal abstract class FaultAction
{
    /// <summary>Works on frames, so that its connection has to be one whose frames can be spoiled.</summary>
    public virtual bool NeedsWire => false;

    public abstract ValueTask StrikeAsync(FaultSite site);
}
