using System.Net;
using System.Net.Sockets;
using Xunit;
using ZonalStorage.Transport.Http2;
using ZonalStorage.Transport.Sockets;

namespace ZonalStorage.Tests.Transport;

public sealed class ReceiveThreadTests
{
    // Windows of 2^31-1 for every stream and for the connection: only the socket is in the way.
    private static readonly byte[] _settings = [0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 4, 0x7F, 0xFF, 0xFF, 0xFF];
    private static readonly byte[] _window = [0, 0, 4, 8, 0, 0, 0, 0, 0, 0x7F, 0xFF, 0x00, 0x00];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_peer_that_does_not_read_does_not_stop_the_receive_thread()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Server.ReceiveBufferSize = 4096;
        listener.Start();
        var endpoint = new Uri($"http://{listener.LocalEndpoint}");
        await using var connection = new Http2Connection(
            new EndpointConnector(new ZonalSessionOptions { Endpoint = endpoint }), static () => { });
        var connecting = connection.ConnectAsync(TimeSpan.FromSeconds(10), endpoint, Stop);
        using var peer = await listener.AcceptSocketAsync(Stop);
        await peer.SendAsync(_settings, Stop);
        await peer.SendAsync(_window, Stop);
        await connecting;
        // What a socket takes without a reader is a few megabytes.
        var talkative = new Recorder { Answers = 64 };
        var other = new Recorder();
        Assert.True(connection.TryOpen(talkative, [0x88]));
        Assert.True(connection.TryOpen(other, [0x88]));
        connection.Flush();

        await peer.SendAsync(Headers(1), Stop);
        await talkative.HasHeaders.Task.WaitAsync(TimeSpan.FromSeconds(10), Stop);
        await peer.SendAsync(Headers(3), Stop);
        await other.HasHeaders.Task.WaitAsync(TimeSpan.FromSeconds(10), Stop);
    }

    // ":status: 200", indexed.
    private static byte[] Headers(byte stream) => [0, 0, 1, 1, 4, 0, 0, 0, stream, 0x88];

    /// <summary>A stream that answers headers by sending, on the receive thread, as owners of streams do.</summary>
    private sealed class Recorder : Http2Stream
    {
        /// <summary>Megabytes to answer with, as long as they are taken at once.</summary>
        public int Answers { get; init; }

        public TaskCompletionSource HasHeaders { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override void OnHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
        {
            // Not looked at.
        }

        public override void OnHeadersComplete(bool endsStream)
        {
            HasHeaders.SetResult();
            var isTaken = true;
            for (var i = 0; i < Answers && isTaken; i++)
                isTaken = Connection!.SendAsync(this, new byte[1 << 20], endsStream: false, Stop).AsTask().IsCompleted;
        }

        public override void OnData(ReceiveRing ring, int length)
        {
            // None comes.
        }

        public override void OnEnd()
        {
            // Not in this test.
        }

        public override void OnReset(Http2ErrorCode code)
        {
            // Not in this test.
        }

        public override void OnConnectionLost(Exception cause, bool isUnprocessed)
        {
            // At the end of the test.
        }
    }
}
