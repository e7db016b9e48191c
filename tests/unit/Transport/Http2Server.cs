using System.Net;
using System.Net.Sockets;
using ZonalStorage.Transport.Http2;

namespace ZonalStorage.Tests.Transport;

/// <summary>A port on which connections of a pool are answered by hand.</summary>
internal sealed class Http2Server : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly List<Http2Wire> _wires = [];

    public Http2Server() => _listener.Start();

    /// <summary>Options that lead here.</summary>
    public ZonalSessionOptions Options => new() { Endpoint = new Uri($"http://{_listener.LocalEndpoint}"), Connections = 1 };

    /// <summary>True if somebody connected who was not accepted yet.</summary>
    public bool IsPending => _listener.Pending();

    /// <summary>Takes the next connection and greets it.</summary>
    public async Task<Http2Wire> AcceptAsync(CancellationToken stop, params (SettingId Id, uint Value)[] settings)
    {
        var wire = new Http2Wire(await _listener.AcceptSocketAsync(stop));
        _wires.Add(wire);
        await wire.GreetAsync(stop, settings);
        return wire;
    }

    public void Dispose()
    {
        foreach (var wire in _wires) wire.Dispose();
        _listener.Dispose();
    }
}
