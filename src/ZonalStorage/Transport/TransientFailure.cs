using ZonalStorage.Transport.Grpc;

namespace ZonalStorage.Transport;

/// <summary>Which failures may pass by themselves. Pure.</summary>
internal static class TransientFailure
{
    /// <summary>
    /// True for failures of a connection, or of a token's source, that may pass where it had worked before.
    /// </summary>
    /// <remarks>A server that goes down or comes up may close a connection without a word, which looks like no HTTP/2.</remarks>
    public static bool IsOfConnection(ZonalException failure) => failure.ErrorId switch
    {
        ZonalErrorIds.EndpointUnreachable or ZonalErrorIds.EndpointTimeout or ZonalErrorIds.EndpointNotHttp2 or ZonalErrorIds.ProxyRefused or ZonalErrorIds.ProtocolViolation => true,
        ZonalErrorIds.CredentialRefused => failure.InnerException is HttpRequestException or IOException or OperationCanceledException,
        _ => false,
    };

    /// <summary>
    /// True if the same call, be it of metadata or a read, may succeed by and by. One rule for both, as the service's own
    /// clients have it: a quota that is used up for a moment, a stream that was reset and a server that goes down are the same
    /// thing to either.
    /// </summary>
    /// <param name="status">How it ended.</param>
    /// <param name="hasConnected">The endpoint has been reached before: it is right, and if it does not answer it is down.</param>
    public static bool MayPass(GrpcStatus status, bool hasConnected) => status.Cause switch
    {
        ZonalException known => hasConnected && IsOfConnection(known),
        ObjectDisposedException => false,
        _ => IsOfCall(status.Code),
    };

    /// <summary>True for codes after which the same read may succeed: OK, with work outstanding, is one.</summary>
    public static bool IsOfRead(ZonalStatusCode code) => code is ZonalStatusCode.Ok || IsOfCall(code);

    // CANCELLED: by the server, ours never come here (the C++ client maps it to UNAVAILABLE). ABORTED: nothing here carries a
    // precondition that a repetition would meet otherwise. UNKNOWN: what proxies and resets without a status come to.
    private static bool IsOfCall(ZonalStatusCode code) => code is ZonalStatusCode.Unavailable
        or ZonalStatusCode.Internal or ZonalStatusCode.ResourceExhausted or ZonalStatusCode.DeadlineExceeded
        or ZonalStatusCode.Cancelled or ZonalStatusCode.Aborted or ZonalStatusCode.Unknown;
}
