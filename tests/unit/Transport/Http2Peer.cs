using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using ZonalStorage.Transport.Http2;
using ZonalStorage.Transport.Sockets;

namespace ZonalStorage.Tests.Transport;

/// <summary>The other side of a connection: a socket on which frames are written and read by hand.</summary>
internal sealed class Http2Peer : IAsyncDisposable
{
    private const int Preface = 24;

    private readonly Socket _socket;

    private Http2Peer(Http2Connection connection, Socket socket)
    {
        Connection = connection;
        _socket = socket;
    }

    /// <summary>Our side.</summary>
    public Http2Connection Connection { get; }

    /// <summary>A connection that is up; the peer's windows are as large as they go.</summary>
    public static async Task<Http2Peer> ConnectAsync(CancellationToken stop, byte streams = 100)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Server.ReceiveBufferSize = 4096;
        listener.Start();
        var endpoint = new Uri($"http://{listener.LocalEndpoint}");
        var connection = new Http2Connection(
            new EndpointConnector(new ZonalSessionOptions { Endpoint = endpoint }), static () => { });
        var connecting = connection.ConnectAsync(TimeSpan.FromSeconds(10), endpoint, stop);
        var socket = await listener.AcceptSocketAsync(stop);
        // SETTINGS_MAX_CONCURRENT_STREAMS and SETTINGS_INITIAL_WINDOW_SIZE, then a WINDOW_UPDATE of the connection.
        await socket.SendAsync(
            new byte[] { 0, 0, 12, 4, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, streams, 0, 4, 0x7F, 0xFF, 0xFF, 0xFF }, stop);
        await socket.SendAsync(new byte[] { 0, 0, 4, 8, 0, 0, 0, 0, 0, 0x7F, 0xFF, 0x00, 0x00 }, stop);
        await connecting;
        return new Http2Peer(connection, socket);
    }

    /// <summary>Sends ":status: 200" on a stream.</summary>
    public async Task SendHeadersAsync(byte stream, CancellationToken stop) =>
        await _socket.SendAsync(new byte[] { 0, 0, 1, 1, 4, 0, 0, 0, stream, 0x88 }, stop);

    /// <summary>Reads frames of streams until there are so many; others are skipped.</summary>
    public async Task<List<(FrameType Type, FrameFlags Flags, int Stream)>> ReadFramesAsync(int count, CancellationToken stop)
    {
        await ReadAsync(Preface, stop);
        var frames = new List<(FrameType, FrameFlags, int)>();
        while (frames.Count < count)
        {
            var header = await ReadAsync(9, stop);
            await ReadAsync((header[0] << 16) | (header[1] << 8) | header[2], stop);
            var stream = BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(5));
            if (stream != 0) frames.Add(((FrameType)header[3], (FrameFlags)header[4], stream));
        }

        return frames;
    }

    public async ValueTask DisposeAsync()
    {
        await Connection.DisposeAsync();
        _socket.Dispose();
    }

    private async Task<byte[]> ReadAsync(int count, CancellationToken stop)
    {
        var bytes = new byte[count];
        for (var filled = 0; filled < count;)
        {
            var received = await _socket.ReceiveAsync(bytes.AsMemory(filled), stop);
            if (received == 0) throw new EndOfStreamException();
            filled += received;
        }

        return bytes;
    }
}

/// <summary>A stream that remembers what it was told.</summary>
internal class RecordingStream : Http2Stream
{
    public TaskCompletionSource HasHeaders { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override long Due => 0;

    public override void OnHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        // Not looked at.
    }

    public override void OnHeadersComplete(bool endsStream) => HasHeaders.TrySetResult();

    public override void OnData(ReceiveRing ring, int length)
    {
        // None comes.
    }

    public override void OnEnd()
    {
        // Not looked at.
    }

    public override void OnReset(Http2ErrorCode code)
    {
        // Not looked at.
    }

    public override void OnGivenUp()
    {
        // Holds nothing.
    }

    public override void OnConnectionLost(Exception cause, bool isUnprocessed)
    {
        // At the end of the test.
    }
}
