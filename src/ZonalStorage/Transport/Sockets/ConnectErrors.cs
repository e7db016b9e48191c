using System.Globalization;
using System.Net.Security;

namespace ZonalStorage.Transport.Sockets;

/// <summary>Everything that can be wrong with an endpoint, in words for whoever typed it.</summary>
internal static class ConnectErrors
{
    public static ZonalException Unreachable(Uri endpoint, string reason, Exception? cause) => Make(
        ZonalErrorIds.EndpointUnreachable,
        ZonalStatusCode.Unavailable,
        endpoint,
        $"No connection to {Name(endpoint)}: {reason}.",
        "Check the endpoint, the network and the proxy. For an emulator, check that it runs.",
        cause);

    public static ZonalException TimedOut(Uri endpoint, TimeSpan timeout, Exception? cause) => Make(
        ZonalErrorIds.EndpointTimeout,
        ZonalStatusCode.DeadlineExceeded,
        endpoint,
        string.Create(
            CultureInfo.InvariantCulture, $"No connection to {Name(endpoint)} within {timeout.TotalSeconds:0.###} s."),
        endpoint.Scheme is "http"
            ? "Check the endpoint and the network, or give it more time by ConnectTimeout."
            // A plaintext server may wait for ever for the rest of what it takes for a request line.
            : "Check the endpoint and the network (type http:// if the server is a plaintext emulator), "
                + "or give it more time by ConnectTimeout.",
        cause);

    public static ZonalException NotHttp2(Uri endpoint, string reason, Exception? cause) => Make(
        ZonalErrorIds.EndpointNotHttp2,
        ZonalStatusCode.Unavailable,
        endpoint,
        $"{Name(endpoint)} is no gRPC endpoint: {reason}.",
        endpoint.Scheme is "http"
            ? "Check the port, and type https:// if the server expects TLS."
            : "Check the port, and type http:// if the server is a plaintext emulator.",
        cause);

    public static ZonalException CertificateRejected(Uri endpoint, SslPolicyErrors problems, Exception cause) => Make(
        ZonalErrorIds.CertificateRejected,
        ZonalStatusCode.Unauthenticated,
        endpoint,
        $"The certificate of {Name(endpoint)} is not trusted: {problems}.",
        "For a private endpoint or an emulator give its certificate by CertificateAuthorityFile.",
        cause);

    public static ZonalException ProxyRefused(Uri endpoint, Uri proxy, string reason) => Make(
        ZonalErrorIds.ProxyRefused,
        ZonalStatusCode.Unavailable,
        endpoint,
        $"The proxy {proxy.Host}:{proxy.Port} opened no tunnel to {Name(endpoint)}: {reason}.",
        "Check the proxy's address and its user name and password.",
        cause: null);

    /// <summary>The session was closed while somebody used it.</summary>
    public static ObjectDisposedException Closed() => new("ZonalSession", "The session was closed.");

    private static string Name(Uri endpoint) => endpoint.GetLeftPart(UriPartial.Authority);

    private static ZonalException Make(
        string id, ZonalStatusCode code, Uri endpoint, string message, string action, Exception? cause) =>
        new(id, code, message, action, Name(endpoint), cause) { IsFatalForSession = true };
}
