using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using Xunit;
using ZonalStorage.Transport.Grpc;
using ZonalStorage.Transport.Http2;

namespace ZonalStorage.Tests.Transport;

public sealed class FrameFloodTests
{
    private const int Gone = 1;
    private const int Open = 3;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(FrameType.WindowUpdate, 0, Gone, "00000001")]
    [InlineData(FrameType.RstStream, 0, Gone, "00000008")]
    [InlineData(FrameType.Priority, 0, Open, "0000000000")]
    [InlineData((FrameType)0x42, 0, 0, "000000")]
    [InlineData(FrameType.Data, 0, Open, "")]
    [InlineData(FrameType.Data, 8, Open, "020000")]
    [InlineData(FrameType.Data, 0, Gone, "01")]
    [InlineData(FrameType.Settings, 0, 0, "")]
    [InlineData(FrameType.Settings, 1, 0, "")]
    [InlineData(FrameType.Ping, 0, 0, "0000000000000000")]
    [InlineData(FrameType.Ping, 1, 0, "0000000000000000")]
    [InlineData(FrameType.Headers, 4, Gone, "88")]
    [InlineData(FrameType.Headers, 4, Open, "0803313030")]
    [InlineData(FrameType.Continuation, 0, Open, "")]
    [InlineData(FrameType.Continuation, 0, Open, "88")]
    internal async Task A_flood_of_any_kind_ends_the_connection(FrameType type, byte flags, int stream, string hex)
    {
        var payload = Convert.FromHexString(hex);
        await using var peer = await Http2Peer.ConnectAsync(Stop, time: new FakeTimeProvider());
        var gone = new GrpcCall(new RecordingHandler());
        Assert.True(peer.Connection.TryOpen(gone, [0x88]));
        gone.Cancel();
        var handler = new RecordingHandler();
        Assert.True(peer.Connection.TryOpen(new GrpcCall(handler), [0x88]));
        peer.Connection.Flush();
        if (type == FrameType.Data && stream == Open) await peer.Wire.SendHeadersAsync(Open, Stop);
        if (type == FrameType.Continuation) await peer.Wire.SendAsync(FrameType.Headers, FrameFlags.None, Open, [0x88], Stop);
        byte[] frame = [.. Http2Wire.Frame(type, (FrameFlags)flags, stream, payload.Length), .. payload];
        var thousand = Enumerable.Repeat(frame, 1000).SelectMany(static f => f).ToArray();
        var reading = DrainAsync(peer.Wire);
        try
        {
            for (var i = 0; i < 13 && !handler.Completed.IsCompleted; i++) await peer.Wire.SendRawAsync(thousand, Stop);
        }
        catch (SocketException)
        {
            // Ended in the midst of it.
        }

        var status = await handler.Completed.WaitAsync(TimeSpan.FromSeconds(20), Stop);
        Assert.Contains("flood", status.Message, StringComparison.Ordinal);
        await reading;
    }

    [Fact]
    public async Task Frames_that_answer_our_streams_are_no_flood()
    {
        await using var peer = await Http2Peer.ConnectAsync(Stop, time: new FakeTimeProvider());
        for (var id = 1; id < 8000; id += 2)
        {
            Assert.True(peer.Connection.TryOpen(new GrpcCall(new RecordingHandler()), [0x88]));
            peer.Connection.Flush();
            await peer.Wire.SendHeadersAsync(id, Stop);
            await peer.Wire.SendAsync(FrameType.Priority, FrameFlags.None, id, new byte[5], Stop);
            await peer.Wire.SendTrailersAsync(id, Stop);
            await peer.Wire.SendAsync(FrameType.RstStream, FrameFlags.None, id, Http2Wire.Number(0), Stop);
            if (id % 100 == 1) await peer.Wire.SynchronizeAsync(Stop);
        }

        await peer.Wire.SynchronizeAsync(Stop);
        Assert.Equal(0, peer.Connection.StreamCount);
    }

    [Fact]
    public async Task A_window_update_per_kilobyte_of_our_content_is_no_flood()
    {
        const int Content = 24 << 20;
        await using var peer = await Http2Peer.ConnectAsync(Stop, time: new FakeTimeProvider());
        var stream = new RecordingStream();
        Assert.True(peer.Connection.TryOpen(stream, [0x88]));
        var sending = Task.Run(async () => await peer.Connection.SendAsync(stream, new byte[Content], endsStream: true, Stop), Stop);
        for (var read = 0; read < Content;)
        {
            var (header, _) = await peer.Wire.ReadFrameAsync(Stop);
            if (header.Type == FrameType.Data) read += header.Length;
        }

        Assert.True(await sending);
        byte[] update = [.. Http2Wire.Frame(FrameType.WindowUpdate, FrameFlags.None, 1, 4), .. Http2Wire.Number(1024)];
        await peer.Wire.SendRawAsync([.. Enumerable.Repeat(update, Content / 1024).SelectMany(static u => u)], Stop);
        await peer.Wire.SynchronizeAsync(Stop);
    }

    [Fact]
    public void The_budget_is_refilled_in_time()
    {
        var time = new FakeTimeProvider();
        var budget = new IdleFrameBudget(time);
        for (var i = 0; i < Http2Limits.IdleFrameBurst; i++) budget.Spend();
        Assert.Throws<Http2Exception>(budget.Spend);
        time.Advance(TimeSpan.FromSeconds(2));
        for (var i = 0; i < 2 * Http2Limits.IdleFramesPerSecond; i++) budget.Spend();
        Assert.Throws<Http2Exception>(budget.Spend);
    }

    private static async Task DrainAsync(Http2Wire wire)
    {
        try
        {
            while (true) await wire.ReadFrameAsync(Stop);
        }
        catch (Exception e) when (e is EndOfStreamException or SocketException)
        {
            // The connection has ended.
        }
    }
}
