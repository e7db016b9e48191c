using System.Net.Http.Json;
using System.Text.Json;
using ZonalStorage.TestSupport;

namespace ZonalStorage.Conformance.Hosts;

/// <summary>The grpc-js server (peer/server.mjs) in a process of its own.</summary>
public sealed class PeerServer : IAsyncDisposable
{
    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web);
    private static readonly HttpClient _http = new();
    private static int _lastNonce;

    private readonly ChildProcess _process;
    private readonly TestCertificate? _certificate;

    private PeerServer(ChildProcess process, TestCertificate? certificate)
    {
        _process = process;
        _certificate = certificate;
    }

    /// <summary>Where the server listens.</summary>
    public Uri Endpoint => new(_process.Announced("endpoint"));

    /// <summary>Options of a session with this server.</summary>
    public ZonalSessionOptions Options => new()
    {
        Endpoint = Endpoint,
        CertificateAuthorityFile = _certificate?.AuthorityFile,
        // As on a machine with more processors, whatever this one has.
        CopyWorkers = 2,
    };

    public static async Task<PeerServer> StartAsync(bool tls = false, params string[] arguments)
    {
        var certificate = tls ? new TestCertificate() : null;
        string[] tlsArguments = certificate is null
            ? []
            : ["--cert", certificate.CertificateFile, "--key", certificate.KeyFile];
        try
        {
            var process = await NodePeer.StartAsync("server.mjs", [.. tlsArguments, .. arguments]);
            return new PeerServer(process, certificate);
        }
        catch
        {
            certificate?.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Address of a synthetic object that no other test reads: <c>size-8m!BEHAVIOURS!nonce</c>, see
    /// peer/server/behaviours.mjs.
    /// </summary>
    public static ZonalUri Synthetic(string size, string behaviours = "") =>
        new("zonal-bucket", $"size-{size}!{behaviours}!{Interlocked.Increment(ref _lastNonce)}");

    /// <summary>What the server received about an object, or about a bucket by its resource name.</summary>
    public async Task<Journal> JournalAsync(string name)
    {
        var address = new Uri(_process.Announced("admin") + "/journal?name=" + Uri.EscapeDataString(name));
        return (await _http.GetFromJsonAsync<Journal>(address, _json))!;
    }

    /// <summary>The same, after a check that the client broke no rule of the protocol.</summary>
    public async Task<Journal> CleanJournalAsync(ZonalUri uri)
    {
        var journal = await JournalAsync(uri.Name);
        Assert.Empty(journal.Violations);
        return journal;
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _certificate?.Dispose();
    }
}
