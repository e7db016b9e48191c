using ZonalStorage.Emulator.Grpc;
using ZonalStorage.Emulator.Services.Reading;
using ZonalStorage.Emulator.Services.Writing;

namespace ZonalStorage.Emulator.Faults;

/// <summary>Where a fault strikes: the call, and the stream in it once there is one.</summary>
internal readonly record struct FaultSite(RpcCall Call, ReadStream? Read = null, WriteStream? Write = null);
