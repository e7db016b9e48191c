using ZonalStorage.Conformance.Hosts;

[assembly: AssemblyFixture(typeof(PeerServers))]

namespace ZonalStorage.Conformance.Hosts;

/// <summary>
/// The servers that tests share, started when the first test asks: names of objects keep the tests apart.
/// </summary>
public sealed class PeerServers : IAsyncDisposable
{
    private readonly Lazy<Task<PeerServer>> _plain = new(() => PeerServer.StartAsync());
    private readonly Lazy<Task<PeerServer>> _tls = new(() => PeerServer.StartAsync(tls: true));

    public Task<PeerServer> PlainAsync => _plain.Value;

    public Task<PeerServer> TlsAsync => _tls.Value;

    public async ValueTask DisposeAsync()
    {
        foreach (var server in new[] { _plain, _tls })
        {
            // One that could not be started has told so in the tests that asked for it.
            if (server is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
                await (await server.Value).DisposeAsync();
        }
    }
}
