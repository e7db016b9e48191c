using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Xunit;
using ZonalStorage.TestSupport;

namespace ZonalStorage.Tests.Engine;

public sealed class ConnectTests(EmulatorFixture emulator)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_missing_object_and_a_missing_bucket_are_told_apart()
    {
        await using var session = emulator.Open();
        var missing = await Assert.ThrowsAsync<ZonalException>(
            () => session.ReadAsync(EmulatorFixture.Named("no such"), cancellationToken: Stop));
        Assert.Equal(("ObjectNotFound", ZonalStatusCode.NotFound), (missing.ErrorId, missing.Code));
        Assert.Contains("Get-ZonalObjectInfo", missing.RecommendedAction, StringComparison.Ordinal);
        var bucket = await Assert.ThrowsAsync<ZonalException>(
            () => session.ReadAsync(new ZonalUri("wrong-bucket", "x"), cancellationToken: Stop));
        Assert.Equal("BucketNotFound", bucket.ErrorId);
    }

    [Fact]
    public async Task A_dead_endpoint_is_an_error_at_once()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        await ExpectAsync("EndpointUnreachable", new ZonalSessionOptions { Endpoint = new Uri($"http://127.0.0.1:{port}") });
    }

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n", "EndpointNotHttp2")]
    [InlineData("", "EndpointNotHttp2")]
    [InlineData("220 mail.example.com ESMTP ready to serve you\r\n", "EndpointNotHttp2")]
    public async Task A_port_of_another_kind_is_named_so(string answer, string errorId)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serve = ServeAsync(listener, answer);
        await ExpectAsync(errorId, Options(listener));
        await serve;
    }

    [Theory]
    [InlineData("http")]
    [InlineData("https")]
    public async Task A_port_that_says_nothing_times_out(string scheme)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await ExpectAsync("EndpointTimeout", Options(listener, scheme) with { ConnectTimeout = TimeSpan.FromMilliseconds(500) });
    }

    [Fact]
    public async Task Tls_works_with_its_authority_and_is_refused_without()
    {
        var pem = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        await using var secure = await EmulatorProcess.StartAsync("--tls", "--certificate-file", pem);
        try
        {
            var options = new ZonalSessionOptions { Endpoint = secure.Endpoint, CertificateAuthorityFile = pem };
            await using var session = ZonalSession.Create(options);
            var bytes = await session.ReadAsync(EmulatorFixture.Named("size-20000000"), cancellationToken: Stop);
            Assert.Equal(-1, SplitMixContent.FirstDifference(0, bytes));
            await ExpectAsync("CertificateRejected", options with { CertificateAuthorityFile = null });
            await ExpectAsync("EndpointNotHttp2", new ZonalSessionOptions { Endpoint = new Uri("http://" + secure.Grpc) });
        }
        finally
        {
            File.Delete(pem);
        }
    }

    // Empty SETTINGS, as a plaintext gRPC server greets; one that waits for a request line's end is a timeout instead.
    [Fact]
    public async Task Tls_to_a_plaintext_port_says_so()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serve = ServeAsync(listener, "\0\0\0\u0004\0\0\0\0\0");
        await ExpectAsync("EndpointNotHttp2", Options(listener, "https"));
        await serve;
    }

    [Fact]
    public async Task A_token_is_sent_over_tls_and_refused_over_plaintext()
    {
        var pem = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        await using var secure = await EmulatorProcess.StartAsync("--tls", "--certificate-file", pem, "--require-token", "secret");
        try
        {
            var options = new ZonalSessionOptions { Endpoint = secure.Endpoint, CertificateAuthorityFile = pem };
            await using var right = ZonalSession.Create(options with { Credential = new FixedToken("secret") });
            Assert.Equal(10, (await right.ReadAsync(EmulatorFixture.Named("size-10"), cancellationToken: Stop)).Length);
            await using var renewed = ZonalSession.Create(options with { Credential = new FixedToken("old", "secret") });
            Assert.Equal(10, (await renewed.ReadAsync(EmulatorFixture.Named("size-10"), cancellationToken: Stop)).Length);
            await using var wrong = ZonalSession.Create(options with { Credential = new FixedToken("wrong") });
            var error = await Assert.ThrowsAsync<ZonalException>(
                () => wrong.ReadAsync(EmulatorFixture.Named("size-10"), cancellationToken: Stop));
            Assert.Equal("Unauthenticated", error.ErrorId);
            Assert.DoesNotContain("wrong", error.ToString(), StringComparison.Ordinal);
            Assert.Throws<ArgumentException>(() => ZonalSession.Create(
                new ZonalSessionOptions { Endpoint = emulator.Endpoint, Credential = new FixedToken("secret") }));
        }
        finally
        {
            File.Delete(pem);
        }
    }

    [Fact]
    public async Task A_proxy_is_asked_for_a_tunnel()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serve = ServeAsync(listener, "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
        var options = Options(listener) with { Endpoint = new Uri("https://storage.invalid"), Proxy = Options(listener).Endpoint };
        await ExpectAsync("ProxyRefused", options);
        Assert.StartsWith("CONNECT storage.invalid:443 HTTP/1.1\r\n", await serve, StringComparison.Ordinal);
    }

    private static async Task ExpectAsync(string errorId, ZonalSessionOptions options)
    {
        await using var session = ZonalSession.Create(options);
        var clock = Stopwatch.StartNew();
        var error = await Assert.ThrowsAsync<ZonalException>(() => session.ConnectAsync(Stop));
        Assert.Equal(errorId, error.ErrorId);
        var read = await Assert.ThrowsAsync<ZonalException>(
            () => session.ReadAsync(EmulatorFixture.Named("x"), cancellationToken: Stop));
        Assert.Contains(read.ErrorId, new[] { errorId, "EndpointUnreachable" });
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(5), $"took {clock.Elapsed}");
    }

    private static ZonalSessionOptions Options(TcpListener listener, string scheme = "http") =>
        new() { Endpoint = new Uri($"{scheme}://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}") };

    /// <summary>Takes two connections, reads a little from each, answers and closes.</summary>
    private static async Task<string> ServeAsync(TcpListener listener, string answer)
    {
        var request = "";
        for (var i = 0; i < 2; i++)
        {
            using var client = await listener.AcceptTcpClientAsync(Stop);
            var buffer = new byte[1024];
            request = System.Text.Encoding.ASCII.GetString(buffer, 0, await client.GetStream().ReadAsync(buffer, Stop));
            await client.GetStream().WriteAsync(System.Text.Encoding.ASCII.GetBytes(answer), Stop);
        }

        return request;
    }

    private sealed class FixedToken(string first, string? second = null) : ZonalCredential
    {
        public override string Description => "test";

        public override ValueTask<string> GetAccessTokenAsync(bool refresh, CancellationToken cancellationToken) =>
            ValueTask.FromResult(refresh ? second ?? first : first);
    }
}
