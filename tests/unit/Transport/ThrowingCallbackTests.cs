using Microsoft.Extensions.Time.Testing;
using Xunit;
using ZonalStorage.Transport;
using ZonalStorage.Transport.Grpc;
using ZonalStorage.Transport.Http2;

namespace ZonalStorage.Tests.Transport;

public sealed class ThrowingCallbackTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(20);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_owner_that_throws_loses_its_call_and_nobody_elses()
    {
        await using var peer = await Http2Peer.ConnectAsync(Stop);
        var throwing = new ThrowingHandler(onMessage: true);
        var other = new RecordingHandler();
        Assert.True(peer.Connection.TryOpen(new GrpcCall(throwing), [0x88]));
        Assert.True(peer.Connection.TryOpen(new GrpcCall(other), [0x88]));
        peer.Connection.Flush();
        foreach (var id in new[] { 1, 3 })
        {
            await peer.Wire.SendHeadersAsync(id, Stop);
            await peer.Wire.SendAsync(FrameType.Data, FrameFlags.None, id, [0, 0, 0, 0, 1, 7], Stop);
        }

        await peer.Wire.SendTrailersAsync(3, Stop);
        Assert.True((await other.Completed.WaitAsync(_patience, Stop)).IsOk);
        var status = await throwing.Completed.WaitAsync(_patience, Stop);
        Assert.Equal(ZonalStatusCode.Internal, status.Code);
        Assert.IsType<InvalidOperationException>(status.Cause);
        Assert.Equal(1, (await peer.Wire.ReadUntilAsync(static f => f.Type == FrameType.RstStream, Stop)).Header.StreamId);
    }

    [Theory]
    [InlineData("trailers")]
    [InlineData("reset")]
    [InlineData("end")]
    [InlineData("going away")]
    [InlineData("broken")]
    public async Task An_owner_that_throws_when_it_is_told_the_end_harms_nobody_else(string how)
    {
        await using var peer = await Http2Peer.ConnectAsync(Stop);
        var handlers = Enumerable.Range(0, 3).Select(static _ => new ThrowingHandler(onMessage: false)).ToList();
        foreach (var handler in handlers) Assert.True(peer.Connection.TryOpen(new GrpcCall(handler), [0x88]));
        peer.Connection.Flush();
        foreach (var id in new[] { 1, 3, 5 })
        {
            if (how == "trailers") await peer.Wire.SendTrailersAsync(id, Stop);
            else if (how == "reset") await peer.Wire.SendAsync(FrameType.RstStream, FrameFlags.None, id, new byte[4], Stop);
            else if (how == "end") await peer.Wire.SendAsync(FrameType.Data, FrameFlags.EndStream, id, [], Stop);
        }

        if (how == "going away") await peer.Wire.SendAsync(FrameType.GoAway, FrameFlags.None, 0, new byte[8], Stop);
        else if (how == "broken") peer.Wire.Dispose();
        else await peer.Wire.SynchronizeAsync(Stop);
        foreach (var handler in handlers) await handler.Completed.WaitAsync(_patience, Stop);
    }

    [Fact]
    public async Task Whatever_a_transport_throws_ends_the_connection_and_not_the_process()
    {
        var wire = new ScriptedTransport();
        await using var connection = await wire.ConnectAsync(Stop);
        var handler = new RecordingHandler();
        Assert.True(connection.TryOpen(new GrpcCall(handler), [0x88]));
        wire.Sending = static () => throw new InvalidOperationException("no idea");
        // Its answer leaves on the receive thread.
        wire.Feed(FrameType.Ping, FrameFlags.None, 0, new byte[8]);
        var status = await handler.Completed.WaitAsync(_patience, Stop);
        Assert.Equal((ZonalStatusCode.Unavailable, "no idea"), (status.Code, status.Message));
    }

    [Fact]
    public async Task Work_in_the_background_hands_over_what_it_throws()
    {
        var time = new FakeTimeProvider();
        foreach (var start in new Action<TaskCompletionSource<Exception>>[]
        {
            static s => Background.StartThread("test", Throw, s, Hand),
            static s => Background.Queue(Throw, s, Hand),
            s => Background.CreateTimer(time, Throw, s, Hand).Change(TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan),
        })
        {
            var told = new TaskCompletionSource<Exception>(TaskCreationOptions.RunContinuationsAsynchronously);
            start(told);
            time.Advance(TimeSpan.FromSeconds(1));
            Assert.IsType<InvalidOperationException>(await told.Task.WaitAsync(_patience, Stop));
        }

        static void Throw(TaskCompletionSource<Exception> told) => throw new InvalidOperationException();

        static void Hand(TaskCompletionSource<Exception> told, Exception cause) => told.SetResult(cause);
    }

    private sealed class ThrowingHandler(bool onMessage) : IGrpcCallHandler
    {
        private readonly TaskCompletionSource<GrpcStatus> _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<GrpcStatus> Completed => _completed.Task;

        public void OnMessage(in GrpcMessage message)
        {
            if (onMessage) throw new InvalidOperationException("the owner's");
        }

        public void OnCompleted(GrpcStatus status)
        {
            _completed.TrySetResult(status);
            if (!onMessage) throw new InvalidOperationException("the owner's");
        }
    }
}
