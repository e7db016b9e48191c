namespace ZonalStorage.Emulator.Grpc;

/// <summary>
/// The routing header x-goog-request-params: <c>key=value&amp;key=value</c>. Clients send values raw or
/// percent-encoded; both are understood.
/// </summary>
internal sealed class RequestParams
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    public RequestParams(string? header)
    {
        foreach (var pair in (header ?? "").Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0) _values[pair[..equals]] = Uri.UnescapeDataString(pair[(equals + 1)..]);
        }
    }

    public string? this[string key] => _values.GetValueOrDefault(key);

    public string? RoutingToken => this["routing_token"];
}
