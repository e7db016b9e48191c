using Xunit;
using ZonalStorage.Transport.Http2;

namespace ZonalStorage.Tests.Transport;

public sealed class FinishedStreamTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_peer_is_asked_to_end_and_not_reset()
    {
        await using var peer = await Http2Peer.ConnectAsync(Stop);
        var stream = Open(peer);
        peer.Connection.Finish(stream);
        peer.Connection.Finish(stream);
        Open(peer);
        var frames = await peer.ReadFramesAsync(3, Stop);
        Assert.Equal((FrameType.Data, FrameFlags.EndStream, 1), frames[1]);
        Assert.Equal((FrameType.Headers, 3), (frames[2].Type, frames[2].Stream));
    }

    [Fact]
    public async Task One_that_never_ends_makes_room_where_few_are_allowed()
    {
        await using var peer = await Http2Peer.ConnectAsync(Stop, streams: 1);
        var stream = Open(peer);
        Assert.False(peer.Connection.TryOpen(new RecordingStream(), [0x88]));
        peer.Connection.Finish(stream);
        Open(peer);
        var frames = await peer.ReadFramesAsync(4, Stop);
        Assert.Equal([FrameType.Headers, FrameType.Data, FrameType.RstStream, FrameType.Headers], frames.Select(static f => f.Type));
        Assert.Equal([1, 1, 1, 3], frames.Select(static f => f.Stream));
    }

    [Fact]
    public async Task Those_that_never_end_do_not_pile_up()
    {
        await using var peer = await Http2Peer.ConnectAsync(Stop);
        for (var i = 0; i < Http2Limits.MaxFinishingStreams + 10; i++) peer.Connection.Finish(Open(peer));
        Assert.Equal(Http2Limits.MaxFinishingStreams, peer.Connection.StreamCount);
        var frames = await peer.ReadFramesAsync((2 * Http2Limits.MaxFinishingStreams) + 30, Stop);
        Assert.Equal(
            Enumerable.Range(0, 10).Select(static i => (2 * i) + 1),
            frames.Where(static f => f.Type == FrameType.RstStream).Select(static f => f.Stream));
    }

    private static RecordingStream Open(Http2Peer peer)
    {
        var stream = new RecordingStream();
        Assert.True(peer.Connection.TryOpen(stream, [0x88]));
        peer.Connection.Flush();
        return stream;
    }
}
