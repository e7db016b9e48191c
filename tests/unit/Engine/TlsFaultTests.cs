using Xunit;
using ZonalStorage.TestSupport;

namespace ZonalStorage.Tests.Engine;

/// <summary>What can be wrong with TLS: said at the first connect, outlived afterwards where it passes.</summary>
public sealed class TlsFaultTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("expired", "CertificateRejected")]
    [InlineData("wrong-name", "CertificateRejected")]
    [InlineData("no-http2", "EndpointNotHttp2")]
    public async Task It_is_an_error_that_says_so(string fault, string errorId) => await WithAsync(fault, async options =>
    {
        await using var session = ZonalSession.Create(options);
        var error = await Assert.ThrowsAsync<ZonalException>(() => session.ConnectAsync(Stop));
        Assert.Equal(errorId, error.ErrorId);
    });

    [Fact]
    public async Task A_handshake_that_is_cut_is_repeated_where_one_had_worked() => await WithAsync("hang-up", async options =>
    {
        await using var session = ZonalSession.Create(options with { Connections = 4 });
        for (var i = 0; i < 4; i++)
        {
            var bytes = await session.ReadAsync(EmulatorFixture.Named($"size-{40_000_000 + i}"), cancellationToken: Stop);
            Assert.Equal(-1, SplitMixContent.FirstDifference(0, bytes));
        }
    });

    private static async Task WithAsync(string fault, Func<ZonalSessionOptions, Task> test)
    {
        var pem = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        await using var emulator = await EmulatorProcess.StartAsync("--tls", "--certificate-file", pem, "--tls-fault", fault);
        try
        {
            await test(new ZonalSessionOptions { Endpoint = emulator.Endpoint, CertificateAuthorityFile = pem });
        }
        finally
        {
            File.Delete(pem);
        }
    }
}
