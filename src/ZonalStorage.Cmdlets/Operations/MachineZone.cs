namespace ZonalStorage.Cmdlets.Operations;

/// <summary>The Google Cloud zone that this machine is in.</summary>
internal static class MachineZone
{
    // The metadata server answers in milliseconds where there is one; elsewhere its name is not known or nobody answers.
    private static readonly TimeSpan _limit = TimeSpan.FromMilliseconds(500);

    /// <summary>Asks the metadata server; null where there is none.</summary>
    public static async Task<string?> FindAsync(CancellationToken cancellationToken)
    {
        var host = Environment.GetEnvironmentVariable("GCE_METADATA_HOST") is { Length: > 0 } given ? given : "169.254.169.254";
        // No proxy: the address is that of the machine's own host.
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = _limit };
        client.DefaultRequestHeaders.Add("Metadata-Flavor", "Google");
        try
        {
            using var answer = await client.GetAsync(
                new Uri($"http://{host}/computeMetadata/v1/instance/zone"), cancellationToken);
            if (!answer.IsSuccessStatusCode || !answer.Headers.Contains("Metadata-Flavor")) return null;
            var text = await answer.Content.ReadAsStringAsync(cancellationToken);
            // projects/NUMBER/zones/ZONE
            return text[(text.LastIndexOf('/') + 1)..].Trim();
        }
        catch (Exception e) when (e is HttpRequestException or UriFormatException or OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return null;
        }
    }
}
