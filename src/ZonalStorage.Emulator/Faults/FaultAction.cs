namespace ZonalStorage.Emulator.Faults;

/// <summary>What a fault does when its moment has come. Ends the call by throwing, or lets it go on.</summary>
internal abstract class FaultAction
{
    public abstract ValueTask StrikeAsync(FaultSite site);
}
