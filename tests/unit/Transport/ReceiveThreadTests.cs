using Xunit;

namespace ZonalStorage.Tests.Transport;

public sealed class ReceiveThreadTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_peer_that_does_not_read_does_not_stop_the_receive_thread()
    {
        await using var peer = await Http2Peer.ConnectAsync(Stop);
        // What a socket takes without a reader is a few megabytes.
        var talkative = new TalkativeStream(megabytes: 64);
        var other = new RecordingStream();
        Assert.True(peer.Connection.TryOpen(talkative, [0x88]));
        Assert.True(peer.Connection.TryOpen(other, [0x88]));
        peer.Connection.Flush();

        await peer.SendHeadersAsync(1, Stop);
        await talkative.HasHeaders.Task.WaitAsync(TimeSpan.FromSeconds(10), Stop);
        await peer.SendHeadersAsync(3, Stop);
        await other.HasHeaders.Task.WaitAsync(TimeSpan.FromSeconds(10), Stop);
    }

    /// <summary>Answers headers by sending, on the receive thread, as owners of streams do, as long as that is taken at once.</summary>
    private sealed class TalkativeStream(int megabytes) : RecordingStream
    {
        public override void OnHeadersComplete(bool endsStream)
        {
            base.OnHeadersComplete(endsStream);
            var isTaken = true;
            for (var i = 0; i < megabytes && isTaken; i++)
                isTaken = Connection!.SendAsync(this, new byte[1 << 20], endsStream: false, Stop).AsTask().IsCompleted;
        }
    }
}
