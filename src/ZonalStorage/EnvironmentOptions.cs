using ZonalStorage.Transport.Sockets;

namespace ZonalStorage;

/// <summary>Where the environment tells this process to go; the only place in the engine that reads it.</summary>
internal static class EnvironmentOptions
{
    /// <summary>See <see cref="ZonalSession.GetEnvironmentOptionsAsync"/>.</summary>
    public static async Task<ZonalSessionOptions> FindAsync(CancellationToken cancellationToken)
    {
        if (Emulator() is { } endpoint) return new ZonalSessionOptions { Endpoint = endpoint };
        return new ZonalSessionOptions
        {
            Credential = await ZonalCredential.GetApplicationDefaultAsync(cancellationToken).ConfigureAwait(false),
            Proxy = FindProxy(ZonalSessionOptions.DefaultEndpoint),
        };
    }

    /// <summary>The emulator's endpoint; null where none is named.</summary>
    /// <remarks>
    /// <c>STORAGE_EMULATOR_HOST_GRPC</c> is <c>host:port</c>, with or without a scheme, as the Go client reads it.
    /// <c>STORAGE_EMULATOR_HOST</c> is meant for HTTP clients and counts only if it is an <c>http://</c> address.
    /// </remarks>
    public static Uri? Emulator()
    {
        var grpc = Environment.GetEnvironmentVariable("STORAGE_EMULATOR_HOST_GRPC");
        if (!string.IsNullOrWhiteSpace(grpc))
        {
            var text = grpc.Contains("://", StringComparison.Ordinal) ? grpc : "http://" + grpc;
            return Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
                ? new Uri(uri!.GetLeftPart(UriPartial.Authority))
                : throw new ArgumentException($"STORAGE_EMULATOR_HOST_GRPC is '{grpc}'; it must be HOST:PORT.");
        }

        var host = Environment.GetEnvironmentVariable("STORAGE_EMULATOR_HOST");
        return Uri.TryCreate(host, UriKind.Absolute, out var http) && http.Scheme is "http"
            ? new Uri(http.GetLeftPart(UriPartial.Authority))
            : null;
    }

    /// <summary>The proxy for an endpoint by <c>HTTPS_PROXY</c> and <c>NO_PROXY</c>; null for none.</summary>
    public static Uri? FindProxy(Uri endpoint)
    {
        var value = Environment.GetEnvironmentVariable("HTTPS_PROXY") ?? Environment.GetEnvironmentVariable("https_proxy");
        if (string.IsNullOrWhiteSpace(value) || endpoint.Scheme is not "https" || IsExempt(endpoint)) return null;
        var text = value.Contains("://", StringComparison.Ordinal) ? value : "http://" + value;
        return Uri.TryCreate(text, UriKind.Absolute, out var proxy) && proxy.Scheme is "http"
            ? proxy
            : throw new ArgumentException("HTTPS_PROXY must be http://[USER:PASSWORD@]HOST:PORT.");
    }

    private static bool IsExempt(Uri endpoint) => new ProxyExemptions(
        Environment.GetEnvironmentVariable("NO_PROXY") ?? Environment.GetEnvironmentVariable("no_proxy") ?? "").Contains(endpoint);
}
