using System.Diagnostics.CodeAnalysis;

namespace ZonalStorage.Cmdlets.Parameters;

/// <summary>Reads endpoints as people type them: an address, or just host and port.</summary>
internal static class EndpointParser
{
    /// <summary>Without a scheme, this machine is spoken to in plaintext (an emulator), every other one by TLS.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out Uri? endpoint)
    {
        var candidate = text.Trim();
        if (!candidate.Contains("://", StringComparison.Ordinal))
        {
            if (!Uri.TryCreate("https://" + candidate, UriKind.Absolute, out endpoint)) return false;
            candidate = (endpoint.IsLoopback ? "http://" : "https://") + candidate;
        }

        return Uri.TryCreate(candidate, UriKind.Absolute, out endpoint) && endpoint.Scheme is "http" or "https";
    }
}
