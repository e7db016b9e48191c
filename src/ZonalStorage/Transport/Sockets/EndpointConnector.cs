using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace ZonalStorage.Transport.Sockets;

/// <summary>Makes connections to one endpoint: name, TCP, proxy tunnel, TLS. Blocking, to be called on an own thread.</summary>
internal sealed class EndpointConnector : ITransportConnector
{
    private const int MaximumProxyAnswer = 16 << 10;

    private readonly Uri _endpoint;
    private readonly Uri? _proxy;
    private readonly TimeSpan _timeout;
    private readonly X509Certificate2Collection? _roots;

    public EndpointConnector(ZonalSessionOptions options)
    {
        _endpoint = options.Endpoint;
        _proxy = options.Proxy;
        _timeout = options.ConnectTimeout;
        if (options.CertificateAuthorityFile is { } file)
        {
            _roots = [];
            _roots.ImportFromPemFile(file);
        }
    }

    /// <inheritdoc/>
    public Uri Endpoint => _endpoint;

    /// <inheritdoc/>
    public IByteTransport Connect(CancellationToken aborted)
    {
        var socket = ConnectSocket(_proxy ?? _endpoint, aborted);
        using var abort = aborted.UnsafeRegister(static s => ((Socket)s!).Dispose(), socket);
        try
        {
            var transport = new PlainTransport(socket);
            if (_proxy is not null) OpenTunnel(transport);
            return _endpoint.Scheme is "https" ? Encrypt(transport) : transport;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private Socket ConnectSocket(Uri address, CancellationToken aborted)
    {
        IPAddress[] addresses;
        try
        {
            addresses = Dns.GetHostAddresses(address.IdnHost);
        }
        catch (SocketException e)
        {
            throw ConnectErrors.Unreachable(_endpoint, $"the name '{address.IdnHost}' has no address", e);
        }

        SocketException? last = null;
        foreach (var candidate in addresses)
        {
            var socket = new Socket(candidate.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            using var abort = aborted.UnsafeRegister(static s => ((Socket)s!).Dispose(), socket);
            try
            {
                // On Linux this bounds connect() itself, where closing the socket from outside is not prompt everywhere.
                socket.SendTimeout = (int)Math.Min(_timeout.TotalMilliseconds, int.MaxValue);
                socket.Connect(candidate, address.Port);
                socket.SendTimeout = 0;
                return socket;
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                socket.Dispose();
                if (aborted.IsCancellationRequested) throw ConnectErrors.TimedOut(_endpoint, _timeout, e);
                last = e as SocketException ?? last;
            }
        }

        if (last is { SocketErrorCode: SocketError.TimedOut or SocketError.WouldBlock or SocketError.InProgress })
            throw ConnectErrors.TimedOut(_endpoint, _timeout, last);
        throw ConnectErrors.Unreachable(_endpoint, last?.Message ?? "the name has no address", last);
    }

    /// <summary>Asks the proxy for a tunnel to the endpoint (RFC 9110 §9.3.6).</summary>
    private void OpenTunnel(PlainTransport transport)
    {
        var authority = EndpointName.HostAndPort(_endpoint);
        var request = new StringBuilder($"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n");
        if (_proxy!.UserInfo.Length > 0)
        {
            var secret = Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(_proxy.UserInfo)));
            request.Append("Proxy-Authorization: Basic ").Append(secret).Append("\r\n");
        }

        transport.Send(Encoding.ASCII.GetBytes(request.Append("\r\n").ToString()));

        // Byte by byte, because what follows the blank line belongs to the tunnel.
        var answer = new StringBuilder();
        Span<byte> one = stackalloc byte[1];
        while (!EndsWithBlankLine(answer))
        {
            if (answer.Length > MaximumProxyAnswer || transport.Receive(one, certain: 1, due: 0) == 0)
                throw ConnectErrors.ProxyRefused(_endpoint, _proxy, "no complete answer to CONNECT");
            answer.Append((char)one[0]);
        }

        var status = answer.ToString(0, answer.ToString().IndexOf('\r', StringComparison.Ordinal));
        if (!status.StartsWith("HTTP/1.", StringComparison.Ordinal) || !status.AsSpan(8).TrimStart().StartsWith("2"))
            throw ConnectErrors.ProxyRefused(_endpoint, _proxy, status);

        static bool EndsWithBlankLine(StringBuilder text) =>
            text.Length >= 4 && text[^1] == '\n' && text[^2] == '\r' && text[^3] == '\n' && text[^4] == '\r';
    }

    private TlsTransport Encrypt(PlainTransport transport)
    {
        var problems = SslPolicyErrors.None;
        var buffer = new BufferedReceiveStream(transport);
        var stream = new SslStream(buffer);
        try
        {
            stream.AuthenticateAsClient(new SslClientAuthenticationOptions
            {
                TargetHost = _endpoint.IdnHost,
                ApplicationProtocols = [SslApplicationProtocol.Http2],
                EnabledSslProtocols = SslProtocols.None,
                CertificateChainPolicy = _roots is null ? null : TrustOnly(_roots),
                // Changes nothing of the verdict; it tells a bad certificate from a handshake that failed otherwise.
                RemoteCertificateValidationCallback = (_, _, _, errors) => (problems = errors) == SslPolicyErrors.None,
            });
        }
        catch (Exception e) when (e is AuthenticationException or IOException or ObjectDisposedException)
        {
            stream.Dispose();
            throw problems != SslPolicyErrors.None
                ? ConnectErrors.CertificateRejected(_endpoint, problems, e)
                : ConnectErrors.NotHttp2(_endpoint, "it does not answer a TLS handshake", e);
        }

        if (stream.NegotiatedApplicationProtocol == SslApplicationProtocol.Http2)
            return new TlsTransport(stream, buffer, transport);
        stream.Dispose();
        throw ConnectErrors.NotHttp2(_endpoint, "it did not agree to h2 by ALPN", cause: null);
    }

    private static X509ChainPolicy TrustOnly(X509Certificate2Collection roots)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        policy.CustomTrustStore.AddRange(roots);
        return policy;
    }
}
