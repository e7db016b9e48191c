using ZonalStorage.Conformance.Hosts;
using ZonalStorage.TestSupport;

namespace ZonalStorage.Conformance.Engine;

/// <summary>Connections to node's HTTP/2 server: its limits, its farewells, its TLS.</summary>
public sealed class ConnectionTests(PeerServers servers)
{
    private const int Size = 9_000_001;

    [Theory(Timeout = Content.Patience)]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Servers_that_allow_few_streams_are_obeyed(int streams)
    {
        await using var server = await PeerServer.StartAsync(arguments: ["--max-streams", $"{streams}"]);
        await using var session = ZonalSession.Create(server.Options with { Connections = 1 });
        var uris = Enumerable.Range(0, 6).Select(_ => PeerServer.Synthetic($"{Size}")).ToList();
        var reads = await Task.WhenAll(uris.Select(uri => session.ReadAsync(uri)));
        foreach (var bytes in reads) Content.IsRight(0, Size, bytes);
        foreach (var uri in uris) await server.CleanJournalAsync(uri);
    }

    [Theory(Timeout = Content.Patience)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_server_that_sends_its_clients_away_does_not_disturb_reads(bool tls)
    {
        // GOAWAY every half a second or so; streams that are under way may end.
        await using var server = await PeerServer.StartAsync(tls, "--max-connection-age-ms", "500");
        await using var session = ZonalSession.Create(server.Options);
        var until = DateTime.UtcNow + TimeSpan.FromSeconds(4);
        for (var i = 0; DateTime.UtcNow < until; i++)
        {
            var uri = PeerServer.Synthetic($"{Size}");
            var reads = await Task.WhenAll(session.ReadAsync(uri), session.ReadAsync(uri, new ByteRange(-70_000)));
            Content.IsRight(0, Size, reads[0]);
            Content.IsRight(Size - 70_000, 70_000, reads[1]);
            Assert.Equal(Size, (await session.GetObjectInfoAsync(uri)).Size);
            await server.CleanJournalAsync(uri);
        }
    }

    [Fact(Timeout = Content.Patience)]
    public async Task A_certificate_of_an_unknown_authority_is_rejected()
    {
        var server = await servers.TlsAsync;
        using var other = new TestCertificate();
        foreach (var authority in new[] { null, other.AuthorityFile })
        {
            await using var session = ZonalSession.Create(server.Options with { CertificateAuthorityFile = authority });
            var error = await Assert.ThrowsAsync<ZonalException>(() => session.ConnectAsync());
            Assert.Equal("CertificateRejected", error.ErrorId);
        }
    }

    [Fact(Timeout = Content.Patience)]
    public async Task A_certificate_for_another_name_is_rejected()
    {
        var server = await servers.TlsAsync;
        var elsewhere = new UriBuilder(server.Endpoint) { Host = "ip6-localhost.localdomain" }.Uri;
        await using var session = ZonalSession.Create(server.Options with { Endpoint = elsewhere });
        var error = await Assert.ThrowsAsync<ZonalException>(() => session.ConnectAsync());
        Assert.True(error.ErrorId is "CertificateRejected" or "EndpointUnreachable", error.ToString());
    }

    [Fact(Timeout = Content.Patience)]
    public async Task Plaintext_to_a_TLS_port_and_back_fails_clearly_and_soon()
    {
        var plain = await servers.PlainAsync;
        var tls = await servers.TlsAsync;
        foreach (var endpoint in new[]
        {
            new UriBuilder(tls.Endpoint) { Scheme = "http" }.Uri,
            new UriBuilder(plain.Endpoint) { Scheme = "https" }.Uri,
        })
        {
            var watch = System.Diagnostics.Stopwatch.StartNew();
            await using var session = ZonalSession.Create(new ZonalSessionOptions { Endpoint = endpoint });
            var error = await Assert.ThrowsAsync<ZonalException>(
                () => session.ReadAsync(new ZonalUri("zonal-bucket", "size-1")));
            Assert.True(error.IsFatalForSession || error.Code is ZonalStatusCode.Unavailable, error.ToString());
            Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));
        }
    }

    [Fact(Timeout = Content.Patience)]
    public async Task Counters_of_a_session_follow_what_is_open()
    {
        await using var server = await PeerServer.StartAsync();
        await using var session = ZonalSession.Create(server.Options with { Connections = 1 });
        Assert.Equal(0, session.ConnectionCount);
        var uri = PeerServer.Synthetic("100000");
        await using (var reader = await session.OpenAsync(uri))
        {
            await reader.ReadAsync(ByteRange.All);
            Assert.Equal(1, session.ConnectionCount);
            Assert.Equal(100_000, session.BytesRead);
            Assert.InRange(session.StreamCount, 1, session.Options.StreamsPerObject);
        }

        // Nobody could read an unpinned object over the same streams again: they are not kept.
        Assert.Equal(0, session.StreamCount);
    }
}
