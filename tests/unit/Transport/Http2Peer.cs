using System.Net;
using System.Net.Sockets;
using ZonalStorage.Transport.Http2;
using ZonalStorage.Transport.Sockets;

namespace ZonalStorage.Tests.Transport;

/// <summary>A connection of ours and, by hand, the other side of it.</summary>
internal sealed class Http2Peer : IAsyncDisposable
{
    private Http2Peer(Http2Connection connection, Http2Wire wire)
    {
        Connection = connection;
        Wire = wire;
    }

    /// <summary>Our side.</summary>
    public Http2Connection Connection { get; }

    /// <summary>The other side.</summary>
    public Http2Wire Wire { get; }

    /// <summary>A connection that is up; the peer's windows are as large as they go.</summary>
    public static async Task<Http2Peer> ConnectAsync(
        CancellationToken stop, uint streams = 100, TimeProvider? time = null, Action? changed = null)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Server.ReceiveBufferSize = 4096;
        listener.Start();
        var endpoint = new Uri($"http://{listener.LocalEndpoint}");
        var connection = new Http2Connection(
            new EndpointConnector(new ZonalSessionOptions { Endpoint = endpoint }), changed ?? (static () => { }), time);
        var connecting = connection.ConnectAsync(TimeSpan.FromSeconds(10), endpoint, stop);
        var wire = new Http2Wire(await listener.AcceptSocketAsync(stop));
        await wire.GreetAsync(stop, (SettingId.MaxConcurrentStreams, streams), (SettingId.InitialWindowSize, int.MaxValue));
        await connecting;
        return new Http2Peer(connection, wire);
    }

    /// <inheritdoc cref="Http2Wire.SendHeadersAsync"/>
    public Task SendHeadersAsync(int stream, CancellationToken stop) => Wire.SendHeadersAsync(stream, stop);

    /// <inheritdoc cref="Http2Wire.ReadFramesAsync"/>
    public Task<List<(FrameType Type, FrameFlags Flags, int Stream)>> ReadFramesAsync(int count, CancellationToken stop) =>
        Wire.ReadFramesAsync(count, stop);

    public async ValueTask DisposeAsync()
    {
        await Connection.DisposeAsync();
        Wire.Dispose();
    }
}
