using ZonalStorage.Emulator.Grpc;

namespace ZonalStorage.Emulator.Services;

/// <summary>A group of methods.</summary>
internal interface IRpcService
{
    IEnumerable<RpcMethod> Methods { get; }
}
