using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using ZonalStorage.Emulator.Grpc;

namespace ZonalStorage.Emulator.Faults.Actions;

/// <summary>Ends the call with a status; OK is one of them.</summary>
internal sealed class EndWithStatus(StatusCode code, string message, params IMessage[] details) : FaultAction
{
    public static EndWithStatus Of(StatusCode code) => new(code, code == StatusCode.Ok ? "" : $"Injected {code}.");

    /// <summary>By the HTTP status that the JSON interface would give, in the testbench's mapping.</summary>
    public static EndWithStatus OfHttp(int status) => new(FromHttp(status), $"Injected {status}.");

    public static EndWithStatus OfHttp(int status, TimeSpan retryDelay) => new(
        FromHttp(status), $"Injected {status}.", new RetryInfo { RetryDelay = Duration.FromTimeSpan(retryDelay) });

    public override ValueTask StrikeAsync(FaultSite site) => throw new RpcFailure(code, message, details);

    private static StatusCode FromHttp(int status) => status switch
    {
        400 => StatusCode.InvalidArgument,
        401 => StatusCode.Unauthenticated,
        403 => StatusCode.PermissionDenied,
        404 => StatusCode.NotFound,
        408 or 502 or 503 => StatusCode.Unavailable,
        409 => StatusCode.Aborted,
        412 => StatusCode.FailedPrecondition,
        416 => StatusCode.OutOfRange,
        429 => StatusCode.ResourceExhausted,
        500 => StatusCode.Internal,
        501 => StatusCode.Unimplemented,
        504 => StatusCode.DeadlineExceeded,
        _ => StatusCode.Unknown,
    };
}
