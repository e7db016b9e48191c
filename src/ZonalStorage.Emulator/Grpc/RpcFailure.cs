using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace ZonalStorage.Emulator.Grpc;

/// <summary>Ends a call with a status, a message and, where given, status details.</summary>
internal sealed class RpcFailure(StatusCode code, string message, params IMessage[] details) : Exception(message)
{
    public StatusCode Code { get; } = code;

    public IReadOnlyList<IMessage> Details { get; } = details;

    public static RpcFailure Invalid(string message) => new(StatusCode.InvalidArgument, message);

    public static RpcFailure NotFound(string message) => new(StatusCode.NotFound, message);

    public static RpcFailure Precondition(string message) => new(StatusCode.FailedPrecondition, message);

    public Google.Rpc.Status ToStatus()
    {
        var status = new Google.Rpc.Status { Code = (int)Code, Message = Message };
        foreach (var detail in Details) status.Details.Add(Any.Pack(detail));
        return status;
    }
}
