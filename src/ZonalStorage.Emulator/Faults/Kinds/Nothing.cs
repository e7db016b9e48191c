namespace ZonalStorage.Emulator.Faults.Kinds;

/// <summary>Lets one call through, to strike a later one.</summary>
internal sealed class Nothing : Fault;
