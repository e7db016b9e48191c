using System.Text;
using Google.Cloud.Storage.V2;
using Google.Protobuf;
using ZonalStorage.Transport.Grpc;
using ZonalStorage.Transport.Hpack;
using ZonalStorage.Transport.Http2;

namespace ZonalStorage.Fuzz.Targets;

/// <summary>
/// Everything a server can send on a connection with three calls open: every call ends, once, with a status; little is sent
/// back; all memory is given back. The first byte says in which pieces the rest arrives.
/// </summary>
internal sealed class FrameTarget : FuzzTarget
{
    private const int Calls = 3;

    public override string Name => "frames";

    // A connection has a scratch buffer of 64 KiB, and a header block may take as much again.
    public override long AllocationBase => 1 << 20;

    public override long AllocationPerByte => 1024;

    public override int Execute(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty) return 0;
        var behaviour = Run(input[1..], 1 + (input[0] * input[0] / 16));
        // Not each time: it doubles the cost.
        if (input.Length % 4 == 0)
            Require(Run(input[1..], int.MaxValue) == behaviour, "the same happens in whatever pieces it arrives");
        return behaviour;
    }

    private static int Run(ReadOnlySpan<byte> input, int piece)
    {
        var calls = new CallRecorder[Calls];
        for (var i = 0; i < Calls; i++) calls[i] = new CallRecorder();
        var wire = new FuzzWire(input.ToArray(), piece);
        var connection = new Http2Connection(wire, static () => { });
        wire.Opened = () =>
        {
            foreach (var call in calls)
                Require(connection.TryOpen(new GrpcCall(call), [0x83]), "a fresh connection takes streams");
        };
        connection.Run();

        Require(connection.StreamCount == 0, "no stream is left behind");
        Require(wire.IsDisposed, "the transport is let go");
        // Three request headers, settings, an answer for each frame, one GOAWAY.
        Require(wire.BytesSent < 1024 + (4L * input.Length), "no flood of answers");
        var hash = default(HashCode);
        foreach (var call in calls)
        {
            Require(call.Status is not null, "every call ends");
            hash.Add(call.Status!.Code);
            hash.Add(Math.Min(call.Messages, 5));
            hash.Add(Math.Min(call.Chunks, 5));
            hash.Add(call.Status.Message.Length);
        }

        return hash.ToHashCode();
    }

    public override IEnumerable<(string Name, byte[] Bytes)> Seeds()
    {
        var response = new BidiReadObjectResponse();
        response.ObjectDataRanges.Add(new ObjectRangeData
        {
            ReadRange = new ReadRange { ReadId = 1, ReadOffset = 0 },
            ChecksummedData = new ChecksummedData { Content = ByteString.CopyFrom(new byte[500]), Crc32C = 1 },
        });
        byte[] message = [0, 0, 0, (byte)(response.CalculateSize() >> 8), (byte)response.CalculateSize(), .. response.ToByteArray()];
        var settings = Frame(FrameType.Settings, 0, 0, [0, 3, 0, 0, 0, 100, 0, 4, 0, 1, 0, 0, 0, 5, 0, 0, 0x40, 0]);
        var acknowledged = Frame(FrameType.Settings, 1, 0, []);
        var headers = Frame(FrameType.Headers, 4, 1, Headers((":status", "200"), ("content-type", "application/grpc")));
        var trailers = Frame(FrameType.Headers, 5, 1, Headers(("grpc-status", "0")));

        yield return ("whole-answer", [255, .. settings, .. acknowledged, .. headers, .. Frame(FrameType.Data, 0, 1, message), .. trailers]);
        yield return ("byte-by-byte", [0, .. settings, .. headers, .. Frame(FrameType.Data, 0, 1, message[..100]), .. Frame(FrameType.Data, 0, 1, message[100..]), .. trailers]);
        yield return ("padded", [90, .. settings, .. Frame(FrameType.Headers, 0x0C, 1, [3, .. Headers((":status", "200"), ("content-type", "application/grpc")), 0, 0, 0]), .. Frame(FrameType.Data, 8, 1, [200, .. message, .. new byte[200]])]);
        yield return ("trailers-only", [60, .. settings, .. Frame(FrameType.Headers, 5, 3, Headers((":status", "200"), ("content-type", "application/grpc"), ("grpc-status", "5"), ("grpc-message", "no%20such")))]);
        var block = Headers((":status", "200"), ("content-type", "application/grpc"), ("x", new string('y', 300)));
        yield return ("continuations", [60, .. settings, .. Frame(FrameType.Headers, 0, 5, block[..50]), .. Frame(FrameType.Continuation, 0, 5, block[50..90]), .. Frame(FrameType.Continuation, 4, 5, block[90..]), .. Frame(FrameType.RstStream, 0, 5, [0, 0, 0, 8])]);
        yield return ("connection-frames", [120, .. settings, .. Frame(FrameType.Ping, 0, 0, [1, 2, 3, 4, 5, 6, 7, 8]), .. Frame(FrameType.WindowUpdate, 0, 0, [0, 1, 0, 0]), .. Frame(FrameType.WindowUpdate, 0, 3, [0, 0, 9, 9]), .. settings, .. Frame(FrameType.Priority, 0, 3, new byte[5]), .. Frame((FrameType)0x42, 0, 0, new byte[7]), .. Frame(FrameType.GoAway, 0, 0, [0, 0, 0, 3, 0, 0, 0, 0, 1, 2])]);
        yield return ("http1", [200, .. "HTTP/1.1 400 Bad Request\r\n\r\n"u8]);
        yield return ("http-error", [200, .. settings, .. Frame(FrameType.Headers, 5, 1, Headers((":status", "503")))]);
    }

    private static byte[] Frame(FrameType type, byte flags, int stream, byte[] payload)
    {
        var frame = new byte[FrameHeader.Size + payload.Length];
        new FrameHeader(payload.Length, type, (FrameFlags)flags, stream).Write(frame);
        payload.CopyTo(frame, FrameHeader.Size);
        return frame;
    }

    private static byte[] Headers(params (string Name, string Value)[] fields)
    {
        // Literal without indexing, new name (RFC 7541 §6.2.2); lengths below 127 but for the long one.
        var block = new List<byte>();
        foreach (var (name, value) in fields)
        {
            block.Add(0);
            Put(name);
            Put(value);
        }

        return [.. block];

        void Put(string text)
        {
            if (text.Length < 127) block.Add((byte)text.Length);
            else block.AddRange([127, (byte)(((text.Length - 127) & 0x7F) | 0x80), (byte)((text.Length - 127) >> 7)]);
            block.AddRange(Encoding.ASCII.GetBytes(text));
        }
    }
}
