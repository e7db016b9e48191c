namespace ZonalStorage.Emulator.Services;

/// <summary>Full names of the two gRPC services.</summary>
internal static class Rpc
{
    public const string Storage = "google.storage.v2.Storage";
    public const string Control = "google.storage.control.v2.StorageControl";
}
