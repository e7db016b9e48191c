using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.Time.Testing;
using Xunit;
using ZonalStorage.Transport;
using ZonalStorage.Transport.Grpc;
using ZonalStorage.Transport.Http2;

namespace ZonalStorage.Tests.Transport;

public sealed class LivenessTests
{
    private static readonly TimeSpan _instant = TimeSpan.FromMilliseconds(1);

    private readonly FakeTimeProvider _time = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_connection_that_was_dropped_in_silence_is_replaced_for_unary_calls()
    {
        using var server = new Http2Server();
        await using var channel = new GrpcChannel(server.Options with { Time = _time, CallTimeout = TimeSpan.FromHours(1) });
        var calling = CallAsync(channel);
        var silent = await server.AcceptAsync(Stop);
        await silent.ReadUntilAsync(static f => f is { Type: FrameType.Data, Flags: FrameFlags.EndStream }, Stop);
        _time.Advance(Http2Limits.ProbeAfter - _instant);
        // A look is a sign of life as well: the quiet time begins anew.
        Assert.False(await HasPingAsync(silent));
        _time.Advance(Http2Limits.ProbeAfter);
        await silent.ReadPingAsync(Stop);
        // Others do not wait for the verdict.
        var other = CallAsync(channel);
        var fresh = await server.AcceptAsync(Stop);
        await fresh.ReadUntilAsync(static f => f is { Type: FrameType.Data, Flags: FrameFlags.EndStream }, Stop);
        await fresh.SendHeadersAsync(1, Stop);
        await fresh.SendAsync(FrameType.Data, FrameFlags.None, 1, new byte[5], Stop);
        await fresh.SendTrailersAsync(1, Stop);
        Assert.True((await other).IsOk);
        Assert.False(calling.IsCompleted);
        _time.Advance(Http2Limits.ProbeTimeout);
        Assert.Equal(ZonalStatusCode.Unavailable, (await calling).Code);
    }

    [Fact]
    public async Task A_server_that_is_only_slow_keeps_its_connection_and_is_asked_ever_more_rarely()
    {
        await using var peer = await Http2Peer.ConnectAsync(Stop, time: _time);
        Open(peer, isUnary: true);
        foreach (var seconds in new[] { 5, 10, 20, 40, 60, 60 })
        {
            _time.Advance(TimeSpan.FromSeconds(seconds) - _instant);
            Assert.True(peer.Connection.IsAccepting, $"asked before {seconds} s");
            _time.Advance(_instant);
            await peer.Wire.ReadPingAsync(Stop);
            await AnswerAsync(peer);
        }

        Assert.False(peer.Connection.Finished.IsCompleted);
    }

    [Fact]
    public async Task Where_nothing_is_awaited_nothing_is_asked()
    {
        await using var peer = await Http2Peer.ConnectAsync(Stop, time: _time);
        var reading = Open(peer, isUnary: false);
        Open(peer, isUnary: false).Finish();
        await peer.Wire.SendHeadersAsync(reading.Id, Stop);
        await peer.Wire.SendAsync(FrameType.Data, FrameFlags.None, reading.Id, [0, 0, 0, 0, 1, 7], Stop);
        await peer.Wire.SynchronizeAsync(Stop);
        for (var i = 0; i < 20; i++) _time.Advance(TimeSpan.FromSeconds(30));
        Assert.False(await HasPingAsync(peer.Wire));
        // Bytes that were asked for are awaited again.
        reading.Expect(1000);
        _time.Advance(Http2Limits.ProbeAfter);
        await peer.Wire.ReadPingAsync(Stop);
    }

    [Fact]
    public async Task A_stream_without_its_first_answer_is_awaited()
    {
        await using var peer = await Http2Peer.ConnectAsync(Stop, time: _time);
        Open(peer, isUnary: false);
        _time.Advance(Http2Limits.ProbeAfter);
        await peer.Wire.ReadPingAsync(Stop);
    }

    [Fact]
    public async Task A_sender_without_a_window_is_told_when_the_peer_is_dead()
    {
        await using var peer = await Http2Peer.ConnectAsync(Stop, time: _time);
        await peer.Wire.SendSettingsAsync(Stop, (SettingId.InitialWindowSize, 0));
        await peer.Wire.SynchronizeAsync(Stop);
        var stream = new RecordingStream();
        Assert.True(peer.Connection.TryOpen(stream, [0x88]));
        var sending = peer.Connection.SendAsync(stream, new byte[10], endsStream: true, Stop).AsTask();
        _time.Advance(Http2Limits.ProbeAfter);
        await peer.Wire.ReadPingAsync(Stop);
        Assert.False(sending.IsCompleted);
        _time.Advance(Http2Limits.ProbeTimeout);
        Assert.False(await sending.WaitAsync(TimeSpan.FromSeconds(20), Stop));
    }

    [Fact]
    public async Task Bytes_that_come_instead_of_the_answer_are_a_sign_of_life()
    {
        await using var peer = await Http2Peer.ConnectAsync(Stop, time: _time);
        var call = Open(peer, isUnary: true);
        _time.Advance(Http2Limits.ProbeAfter);
        await peer.Wire.ReadPingAsync(Stop);
        Assert.False(peer.Connection.IsAccepting);
        _time.Advance(TimeSpan.FromSeconds(1));
        await peer.Wire.SendHeadersAsync(call.Id, Stop);
        await peer.Wire.SynchronizeAsync(Stop);
        _time.Advance(Http2Limits.ProbeTimeout - TimeSpan.FromSeconds(1));
        Assert.True(peer.Connection.IsAccepting);
        Assert.False(peer.Connection.Finished.IsCompleted);
    }

    [Fact]
    public async Task Nobody_is_asked_twice_within_a_few_seconds()
    {
        await using var peer = await Http2Peer.ConnectAsync(Stop, time: _time);
        peer.Connection.Probe();
        await peer.Wire.ReadPingAsync(Stop);
        await AnswerAsync(peer);
        peer.Connection.Probe();
        Assert.False(await HasPingAsync(peer.Wire));
        _time.Advance(Http2Limits.ProbeAfter);
        peer.Connection.Probe();
        await peer.Wire.ReadPingAsync(Stop);
    }

    private static async Task AnswerAsync(Http2Peer peer)
    {
        await peer.Wire.SendAsync(FrameType.Ping, FrameFlags.Ack, 0, [.. "liveness"u8], Stop);
        await peer.Wire.SynchronizeAsync(Stop);
    }

    private static GrpcCall Open(Http2Peer peer, bool isUnary)
    {
        var call = new GrpcCall(new RecordingHandler(), isUnary: isUnary);
        Assert.True(peer.Connection.TryOpen(call, [0x88]));
        peer.Connection.Flush();
        return call;
    }

    private async Task<GrpcStatus> CallAsync(GrpcChannel channel)
    {
        using var deadline = new CallDeadline(TimeSpan.FromHours(1), _time, Stop);
        return (await channel.CallOnceAsync("/x", "y", new Empty(), Empty.Parser.ParseFrom, refreshToken: false, deadline)).Status;
    }

    /// <summary>Whether our side has sent a PING of its own since the last look.</summary>
    private static async Task<bool> HasPingAsync(Http2Wire wire)
    {
        await wire.SendAsync(FrameType.Ping, FrameFlags.None, 0, [.. "any news"u8], Stop);
        var hasPing = false;
        while (true)
        {
            var (header, _) = await wire.ReadFrameAsync(Stop);
            if (header.Type != FrameType.Ping) continue;
            if (header.Flags == FrameFlags.Ack) return hasPing;
            hasPing = true;
        }
    }
}
