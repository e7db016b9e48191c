namespace ZonalStorage.Emulator.Grpc;

/// <summary>Unwinds a call whose stream or connection a fault has broken: there is nobody left to answer.</summary>
internal sealed class CallBroken() : Exception("A fault has broken the call.");
