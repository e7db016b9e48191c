using System.Diagnostics.CodeAnalysis;

namespace ZonalStorage.Transport.Grpc;

/// <summary>How a call ended.</summary>
/// <param name="Code">The code; <see cref="ZonalStatusCode.Ok"/> for success.</param>
/// <param name="Message">The server's words, or ours where it said none; empty for success.</param>
internal sealed record GrpcStatus(ZonalStatusCode Code, string Message)
{
    public static readonly GrpcStatus Success = new(ZonalStatusCode.Ok, "");

    /// <summary>Details of the failure (<c>grpc-status-details-bin</c>); null if none came or they were unreadable.</summary>
    public Google.Rpc.Status? Details { get; init; }

    /// <summary>True if the server has certainly not acted on the call, so that it may be repeated whatever it does.</summary>
    public bool IsUnprocessed { get; init; }

    /// <summary>True if <see cref="Message"/> is ours and not the server's.</summary>
    public bool IsOwnWords { get; init; }

    /// <summary>What went wrong below gRPC; null if the server itself answered.</summary>
    public Exception? Cause { get; init; }

    /// <summary>True for success.</summary>
    public bool IsOk => Code == ZonalStatusCode.Ok;

    /// <summary>The first detail of a kind.</summary>
    public bool TryGetDetail<T>([NotNullWhen(true)] out T? detail)
        where T : class, Google.Protobuf.IMessage<T>, new()
    {
        detail = null;
        if (Details is null) return false;
        foreach (var any in Details.Details)
        {
            try
            {
                if (!any.Is(new T().Descriptor)) continue;
                detail = GrpcParsing.Parse<T>(any.Value.Span);
                return true;
            }
            catch (Google.Protobuf.InvalidProtocolBufferException)
            {
                // A detail that cannot be read says no more than one that is not there.
            }
        }

        return false;
    }
}
