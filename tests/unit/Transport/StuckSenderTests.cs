using Xunit;
using ZonalStorage.Transport.Http2;

namespace ZonalStorage.Tests.Transport;

public sealed class StuckSenderTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_peer_that_pings_and_does_not_read_our_content_keeps_its_connection()
    {
        var wire = new ScriptedTransport();
        await using var connection = await wire.ConnectAsync(Stop);
        var streams = new[] { new RecordingStream(), new RecordingStream() };
        foreach (var stream in streams) Assert.True(connection.TryOpen(stream, [0x88]));
        wire.GetsStuck = true;
        var first = Task.Run(async () => await connection.SendAsync(streams[0], new byte[4 << 20], endsStream: false, Stop), Stop);
        await wire.IsStuck;
        // Fills up what waits to be sent.
        var second = connection.SendAsync(streams[1], new byte[4 << 20], endsStream: false, Stop).AsTask();
        Assert.False(second.IsCompleted);
        for (var i = 0; i < 100; i++) wire.Feed(FrameType.Ping, FrameFlags.None, 0, new byte[8]);
        wire.Feed(FrameType.Settings, FrameFlags.None, 0);
        wire.Feed(FrameType.Headers, FrameFlags.EndHeaders, 1, 0x88);
        await Task.WhenAny(streams[0].HasHeaders.Task, connection.Finished);
        Assert.False(connection.Finished.IsCompleted, "the connection ended");
        connection.Fail(new IOException("enough"));
        await connection.Finished;
        // Whether these are told so or not: neither waits for ever.
        await Task.WhenAll(first, second);
    }
}
