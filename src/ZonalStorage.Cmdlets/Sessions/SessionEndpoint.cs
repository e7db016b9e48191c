namespace ZonalStorage.Cmdlets.Sessions;

/// <summary>Options for an endpoint that was named: its credential and its proxy.</summary>
internal static class SessionEndpoint
{
    /// <summary>Options for <paramref name="endpoint"/>, or for the service's own if it is null.</summary>
    /// <param name="endpoint">Where to go.</param>
    /// <param name="hasOwnCredential">True if the caller sees to the credential, or wants none.</param>
    /// <param name="cancellationToken">Ends the search for a credential.</param>
    /// <remarks>A plaintext endpoint gets no credential: a token is never sent unencrypted.</remarks>
    public static async Task<ZonalSessionOptions> OptionsForAsync(
        Uri? endpoint, bool hasOwnCredential, CancellationToken cancellationToken)
    {
        endpoint ??= ZonalSessionOptions.DefaultEndpoint;
        var options = new ZonalSessionOptions { Endpoint = endpoint, Proxy = ZonalSession.FindEnvironmentProxy(endpoint) };
        // Only the service's own hosts are spoken to as somebody; an emulator on this machine never is.
        return hasOwnCredential || endpoint.Scheme is "http" || endpoint.IsLoopback
            ? options
            : options with { Credential = await ZonalCredential.GetApplicationDefaultAsync(cancellationToken) };
    }
}
