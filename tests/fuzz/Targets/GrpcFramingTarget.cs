using System.Buffers.Binary;
using ZonalStorage.Memory;
using ZonalStorage.Transport.Grpc;
using ZonalStorage.Transport.Http2;

namespace ZonalStorage.Fuzz.Targets;

/// <summary>
/// Length-prefixed messages through a small ring, in pieces that the first byte chooses: the messages that a plain reading
/// of the bytes finds, at whatever places they are cut.
/// </summary>
internal sealed class GrpcFramingTarget : FuzzTarget, IGrpcMessageSink
{
    private const int MaximumMessage = 16 << 10;
    private const int Ring = 4 << 10;

    private readonly List<uint> _found = [];

    public override string Name => "grpc-framing";

    public override int Execute(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty) return 0;
        var piece = 1 + (input[0] * input[0] / 32);
        input = input[1..];
        _found.Clear();
        var isRefused = Feed(input, piece);
        var (expected, mustRefuse) = Reference(input);
        Require(isRefused == mustRefuse, "refused where the rules say so");
        Require(expected.SequenceEqual(_found), "the messages that are there, wherever they are cut");
        return HashCode.Combine(isRefused, Math.Min(_found.Count, 30), piece > Ring / 4);
    }

    public void OnMessage(in GrpcMessage message)
    {
        uint crc = 0;
        var length = 0;
        foreach (var fragment in message.Fragments)
        {
            Require(fragment.Length > 0, "no piece is empty");
            crc = Crc32C.Append(crc, fragment.Span);
            length += fragment.Length;
        }

        Require(length == message.Length, "pieces make up the message");
        _found.Add(crc);
    }

    public override IEnumerable<(string Name, byte[] Bytes)> Seeds()
    {
        yield return ("few-small", [200, .. Message(5), .. Message(0), .. Message(1), .. Message(70)]);
        yield return ("one-large", [40, .. Message(6000), .. Message(3)]);
        yield return ("byte-by-byte", [0, .. Message(20), .. Message(300)]);
        yield return ("compressed", [90, 1, 0, 0, 0, 1, 7]);
        yield return ("too-long", [90, 0, 0xFF, 0xFF, 0xFF, 0xFF, 7]);
    }

    private bool Feed(ReadOnlySpan<byte> input, int piece)
    {
        using var ring = new ReceiveRing(Ring);
        var assembler = new GrpcMessageAssembler(this, MaximumMessage);
        try
        {
            while (!input.IsEmpty)
            {
                while (ring.Room < Ring / 4 && ring.Oldest is { } lease) lease.Tenant.Spill(lease);
                var room = ring.Writable();
                var count = Math.Min(Math.Min(piece, input.Length), room.Length);
                input[..count].CopyTo(room);
                input = input[count..];
                ring.Received(count);
                while (ring.UnparsedLength > 0)
                {
                    var length = ring.Contiguous(ring.UnparsedLength).Length;
                    assembler.Append(ring, length);
                    ring.Parsed(length);
                }
            }

            return false;
        }
        catch (GrpcProtocolException)
        {
            return true;
        }
        finally
        {
            assembler.Abandon();
        }
    }

    private static (List<uint> Messages, bool MustRefuse) Reference(ReadOnlySpan<byte> input)
    {
        var messages = new List<uint>();
        while (input.Length >= 5)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(input[1..]);
            if (input[0] != 0 || length > MaximumMessage) return (messages, true);
            if (length > input.Length - 5) break;
            messages.Add(Crc32C.Compute(input.Slice(5, (int)length)));
            input = input[(5 + (int)length)..];
        }

        return (messages, false);
    }

    private static byte[] Message(int length)
    {
        var bytes = new byte[5 + length];
        new Random(length).NextBytes(bytes.AsSpan(5));
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(1), length);
        bytes[0] = 0;
        return bytes;
    }
}
