using System.Buffers.Binary;
using Xunit;
using ZonalStorage.Transport.Grpc;
using ZonalStorage.Transport.Http2;

namespace ZonalStorage.Tests.Transport;

/// <summary>A stream that is given up in the midst of a message lets go of what has come of it, at once and whoever gives it up.</summary>
public sealed class GivenUpMessageTests : IGrpcMessageSink, IDisposable
{
    private readonly ReceiveRing _ring = new(1 << 16);
    private readonly GrpcMessageAssembler _assembler;
    private readonly List<byte[]> _messages = [];
    private Action _onMessage = static () => { };

    public GivenUpMessageTests() => _assembler = new GrpcMessageAssembler(this, maximumLength: 1 << 20);

    void IGrpcMessageSink.OnMessage(in GrpcMessage message)
    {
        _onMessage();
        _messages.Add(message.ToArray());
    }

    public void Dispose() => _ring.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Half_a_message_is_let_go(bool isSpilled)
    {
        var bytes = Frame(1000);
        Receive(bytes[..600]);
        var lease = _ring.Oldest;
        Assert.NotNull(lease);
        if (isSpilled) lease.Tenant.Spill(lease);
        _assembler.Abandon();
        Assert.True(lease.IsReleased);
        Assert.Null(_ring.Oldest);
        // What was on its way is nobody's.
        Receive(bytes[600..]);
        Receive(Frame(10));
        Assert.Null(_ring.Oldest);
        Assert.Empty(_messages);
        _assembler.Abandon();
    }

    [Fact]
    public void Given_up_while_a_message_is_read_it_stays_as_it_is_until_that_has_ended()
    {
        _onMessage = _assembler.Abandon;
        var bytes = Frame(1000);
        Receive(bytes[..600]);
        Receive(bytes[600..]);
        Assert.Equal(bytes[5..], Assert.Single(_messages));
        Assert.Null(_ring.Oldest);
        Receive(Frame(500)[..100]);
        Assert.Null(_ring.Oldest);
    }

    [Fact]
    public async Task Given_up_by_another_thread_at_any_moment_nothing_is_held()
    {
        for (var i = 0; i < 2000; i++)
        {
            using var ring = new ReceiveRing(1 << 16);
            var assembler = new GrpcMessageAssembler(this, maximumLength: 1 << 20);
            using var both = new Barrier(2);
            var givingUp = Task.Run(() =>
            {
                both.SignalAndWait();
                assembler.Abandon();
            });
            both.SignalAndWait();
            Receive(ring, assembler, Frame(i % 50));
            Receive(ring, assembler, Frame(1000)[..(6 + (i % 900))]);
            await givingUp;
            Assert.Null(ring.Oldest);
        }
    }

    private void Receive(byte[] bytes) => Receive(_ring, _assembler, bytes);

    private static void Receive(ReceiveRing ring, GrpcMessageAssembler assembler, byte[] bytes)
    {
        bytes.CopyTo(ring.Writable());
        ring.Received(bytes.Length);
        assembler.Append(ring, bytes.Length);
        ring.Parsed(bytes.Length);
    }

    private static byte[] Frame(int length)
    {
        var bytes = new byte[5 + length];
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(1), length);
        for (var i = 0; i < length; i++) bytes[5 + i] = (byte)i;
        return bytes;
    }
}
