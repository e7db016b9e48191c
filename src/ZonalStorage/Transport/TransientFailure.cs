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
        ZonalErrorIds.CredentialRefused => failure.InnerException is HttpRequestException or IOException,
        _ => false,
    };

    /// <summary>True for codes after which the same unary call may succeed (the service's own configuration has these).</summary>
    public static bool IsOfUnaryCall(ZonalStatusCode code) =>
        code is ZonalStatusCode.Unavailable or ZonalStatusCode.DeadlineExceeded;

    /// <summary>True for codes after which the same read may succeed.</summary>
    public static bool IsOfRead(ZonalStatusCode code) => code is ZonalStatusCode.Unavailable
        or ZonalStatusCode.Internal or ZonalStatusCode.ResourceExhausted or ZonalStatusCode.DeadlineExceeded
        or ZonalStatusCode.Cancelled or ZonalStatusCode.Aborted or ZonalStatusCode.Ok or ZonalStatusCode.Unknown;
}
