using Xunit;
using ZonalStorage.Transport;
using ZonalStorage.Transport.Grpc;
using ZonalStorage.Transport.Http2;

namespace ZonalStorage.Tests.Transport;

public sealed class FinishedSlotTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_waits_for_a_stream_hears_that_one_was_finished_with()
    {
        var told = 0;
        await using var peer = await Http2Peer.ConnectAsync(Stop, streams: 1, changed: () => told++);
        var first = new RecordingStream();
        Assert.True(peer.Connection.TryOpen(first, [0x88]));
        Assert.False(peer.Connection.TryOpen(new RecordingStream(), [0x88]));
        var before = told;
        peer.Connection.Finish(first);
        Assert.Equal(before + 1, told);
    }

    [Fact]
    public async Task An_idle_stream_is_given_back_to_whoever_finds_none()
    {
        using var server = new Http2Server();
        await using var pool = new ConnectionPool(server.Options);
        var idle = new GrpcCall(new RecordingHandler());
        var opening = pool.OpenStreamAsync(idle, [0x88], Stop).AsTask();
        var wire = await server.AcceptAsync(Stop, (SettingId.MaxConcurrentStreams, 1));
        (await opening).Flush();
        using var registration = pool.AddReclaimer(_ =>
        {
            idle.Finish();
            return 1;
        });
        (await pool.OpenStreamAsync(new GrpcCall(new RecordingHandler()), [0x88], Stop)).Flush();
        var frames = await wire.ReadFramesAsync(4, Stop);
        Assert.Equal([FrameType.Headers, FrameType.Data, FrameType.RstStream, FrameType.Headers], frames.Select(static f => f.Type));
        Assert.False(server.IsPending, "a connection was made though a stream could be had");
    }

    [Fact]
    public async Task Limits_that_shrink_cost_as_many_finished_streams_as_are_over_them()
    {
        await using var peer = await Http2Peer.ConnectAsync(Stop, streams: 4);
        for (var i = 0; i < 4; i++)
        {
            var stream = new RecordingStream();
            Assert.True(peer.Connection.TryOpen(stream, [0x88]));
            peer.Connection.Finish(stream);
        }

        await peer.Wire.SendSettingsAsync(Stop, (SettingId.MaxConcurrentStreams, 2));
        await peer.Wire.SynchronizeAsync(Stop);
        Assert.True(peer.Connection.TryOpen(new RecordingStream(), [0x88]));
        Assert.Equal(2, peer.Connection.StreamCount);
    }
}
