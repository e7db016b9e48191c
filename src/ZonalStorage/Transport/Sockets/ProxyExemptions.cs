using System.Net;

namespace ZonalStorage.Transport.Sockets;

/// <summary>A list of hosts that are reached without a proxy, as <c>NO_PROXY</c> has it. Pure.</summary>
/// <remarks>
/// Entries are separated by commas: a name, which stands for its subdomains too, with or without a leading <c>.</c> or <c>*.</c>;
/// an address; a network (<c>10.0.0.0/8</c>, <c>fd00::/8</c>); or <c>*</c> for all. A name or an address may have a port where only
/// that one is meant (<c>[::1]:8443</c>). Case and a trailing dot mean nothing. What cannot be read exempts nobody.
/// </remarks>
internal sealed class ProxyExemptions(string list)
{
    private readonly string[] _entries =
        list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <summary>True if the endpoint is reached without a proxy.</summary>
    public bool Contains(Uri endpoint)
    {
        var host = endpoint.IdnHost.Trim('[', ']').TrimEnd('.');
        var address = IPAddress.TryParse(host, out var parsed) ? parsed : null;
        return Array.Exists(_entries, entry => entry is "*"
            || (address is null ? IsName(entry, host, endpoint.Port) : IsAddress(entry, address, endpoint.Port)));
    }

    private static bool IsName(string entry, string host, int port)
    {
        if (!TryTakePort(ref entry, port)) return false;
        var suffix = entry.TrimStart('*').Trim('.');
        return suffix.Length > 0 && (host.Equals(suffix, StringComparison.OrdinalIgnoreCase)
            || host.EndsWith("." + suffix, StringComparison.OrdinalIgnoreCase));
    }

    private static bool IsAddress(string entry, IPAddress address, int port)
    {
        if (entry.Contains('/', StringComparison.Ordinal))
        {
            return IPNetwork.TryParse(entry, out var network)
                && (network.Contains(address) || network.Contains(Plain(address)));
        }

        // An IPv6 address as it is has colons of its own: a port needs brackets.
        var mayHavePort = entry.StartsWith('[') || entry.IndexOf(':', StringComparison.Ordinal) == entry.LastIndexOf(':');
        return (!mayHavePort || TryTakePort(ref entry, port))
            && IPAddress.TryParse(entry.Trim('[', ']'), out var exempt)
            && Plain(exempt).Equals(Plain(address));
    }

    /// <summary>Takes a port off the entry.</summary>
    /// <returns>False if it is another one than <paramref name="port"/>.</returns>
    private static bool TryTakePort(ref string entry, int port)
    {
        var colon = entry.LastIndexOf(':');
        if (colon < 0 || entry.EndsWith(']')) return true;
        var isSame = int.TryParse(entry.AsSpan(colon + 1), out var named) && named == port;
        entry = entry[..colon];
        return isSame;
    }

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
