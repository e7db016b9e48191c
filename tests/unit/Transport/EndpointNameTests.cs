using System.Net;
using System.Net.Sockets;
using System.Text;
using Xunit;
using ZonalStorage.Transport.Sockets;

namespace ZonalStorage.Tests.Transport;

public sealed class EndpointNameTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("https://[::1]:8443", "[::1]:8443", "[::1]:8443")]
    [InlineData("https://[2001:DB8::1]", "[2001:db8::1]:443", "[2001:db8::1]")]
    [InlineData("https://storage.googleapis.com", "storage.googleapis.com:443", "storage.googleapis.com")]
    [InlineData("http://b\u00FCcher.example:9000", "xn--bcher-kva.example:9000", "xn--bcher-kva.example:9000")]
    [InlineData("http://127.0.0.1:9000", "127.0.0.1:9000", "127.0.0.1:9000")]
    public void Endpoints_are_written_as_the_wire_wants_them(string endpoint, string hostAndPort, string authority) => Assert.Equal(
        (hostAndPort, authority),
        (EndpointName.HostAndPort(new Uri(endpoint)), EndpointName.Authority(new Uri(endpoint))));

    [Fact]
    public async Task A_tunnel_to_an_address_is_asked_for_with_brackets()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var connector = new EndpointConnector(new ZonalSessionOptions
        {
            Endpoint = new Uri("https://[::1]:8443"),
            Proxy = new Uri($"http://{listener.LocalEndpoint}"),
        });
        var connecting = Task.Run(() => Assert.Throws<ZonalException>(() => connector.Connect(Stop)), Stop);
        using var socket = await listener.AcceptSocketAsync(Stop);
        var buffer = new byte[1024];
        var request = Encoding.ASCII.GetString(buffer, 0, await socket.ReceiveAsync(buffer, Stop));
        await socket.SendAsync("HTTP/1.1 403 No\r\n\r\n"u8.ToArray(), Stop);
        Assert.StartsWith("CONNECT [::1]:8443 HTTP/1.1\r\nHost: [::1]:8443\r\n", request, StringComparison.Ordinal);
        Assert.Equal(ZonalErrorIds.ProxyRefused, (await connecting).ErrorId);
    }

    [Theory]
    [InlineData("::1", "https://[::1]:8443", true)]
    [InlineData("[::1]", "https://[::1]:8443", true)]
    [InlineData("[::1]:8443", "https://[::1]:8443", true)]
    [InlineData("[::1]:8444", "https://[::1]:8443", false)]
    [InlineData("0:0:0:0:0:0:0:1", "https://[::1]", true)]
    [InlineData("::2", "https://[::1]", false)]
    [InlineData("fd00::/8", "https://[fd12::1]", true)]
    [InlineData("fd00::/8", "https://[fe12::1]", false)]
    [InlineData("10.0.0.0/8", "https://10.1.2.3", true)]
    [InlineData("10.0.0.0/8", "https://[::ffff:10.1.2.3]", true)]
    [InlineData("10.0.0.0/8", "https://11.1.2.3", false)]
    [InlineData("10.0.0.0/99", "https://10.1.2.3", false)]
    [InlineData("10.1.2.3:443", "https://10.1.2.3", true)]
    [InlineData("10.1.2.3:444", "https://10.1.2.3", false)]
    [InlineData("2.3", "https://10.1.2.3", false)]
    [InlineData("googleapis.com", "https://storage.googleapis.com", true)]
    [InlineData(".GoogleAPIs.com", "https://storage.googleapis.com", true)]
    [InlineData("*.googleapis.com", "https://storage.googleapis.com", true)]
    [InlineData("googleapis.com.", "https://storage.googleapis.com", true)]
    [InlineData("googleapis.com", "https://storage.googleapis.com.", true)]
    [InlineData("storage.googleapis.com:443", "https://storage.googleapis.com", true)]
    [InlineData("storage.googleapis.com:80", "https://storage.googleapis.com", false)]
    [InlineData("apis.com", "https://storage.googleapis.com", false)]
    [InlineData("a, *", "https://storage.googleapis.com", true)]
    [InlineData("", "https://storage.googleapis.com", false)]
    [InlineData(" , .,*.", "https://storage.googleapis.com", false)]
    public void Exemptions_are_read_as_others_read_them(string list, string endpoint, bool isExempt) =>
        Assert.Equal(isExempt, new ProxyExemptions(list).Contains(new Uri(endpoint)));
}
