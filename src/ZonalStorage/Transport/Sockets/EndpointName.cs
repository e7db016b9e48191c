namespace ZonalStorage.Transport.Sockets;

/// <summary>How an endpoint is written on the wire. Pure.</summary>
internal static class EndpointName
{
    /// <summary>
    /// The host as a URI's authority has it: names in ASCII, IPv6 addresses in brackets (RFC 3986 §3.2.2) and without a zone,
    /// which means nothing to anybody else.
    /// </summary>
    public static string Host(Uri endpoint)
    {
        if (endpoint.HostNameType != UriHostNameType.IPv6) return endpoint.IdnHost;
        var address = endpoint.IdnHost.Trim('[', ']');
        var zone = address.IndexOf('%', StringComparison.Ordinal);
        return $"[{(zone < 0 ? address : address[..zone])}]";
    }

    /// <summary>Host and port, the scheme's own one too: what CONNECT wants (RFC 9110 §9.3.6).</summary>
    public static string HostAndPort(Uri endpoint) => $"{Host(endpoint)}:{endpoint.Port}";

    /// <summary>Host, and the port where it is not the scheme's own: <c>:authority</c>.</summary>
    public static string Authority(Uri endpoint) => endpoint.IsDefaultPort ? Host(endpoint) : HostAndPort(endpoint);
}
