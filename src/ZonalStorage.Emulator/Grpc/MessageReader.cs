using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using Google.Protobuf;

namespace ZonalStorage.Emulator.Grpc;

/// <summary>
/// Takes length-prefixed messages out of a request body. One caller at a time; the body's own flow control is the
/// only queue.
/// </summary>
internal sealed class MessageReader(PipeReader pipe)
{
    private const int PrefixLength = 5;

    // A 2 MiB chunk with its wrapping fits; anything larger is refused as gRPC servers do by default.
    private const int MaxMessageLength = 4 * 1024 * 1024;

    /// <summary>The next message, or null when the client has half-closed.</summary>
    public async ValueTask<T?> ReadAsync<T>(MessageParser<T> parser, CancellationToken cancellation)
        where T : class, IMessage<T>
    {
        while (true)
        {
            var result = await pipe.ReadAsync(cancellation);
            var buffer = result.Buffer;
            if (TryTake(buffer, out var payload))
            {
                T message;
                try
                {
                    message = parser.ParseFrom(payload);
                }
                catch (InvalidProtocolBufferException e)
                {
                    throw new RpcFailure(StatusCode.Internal, "The request message cannot be parsed: " + e.Message);
                }

                pipe.AdvanceTo(payload.End);
                return message;
            }

            if (result.IsCompleted)
            {
                if (buffer.IsEmpty) return null;
                throw new RpcFailure(StatusCode.Internal, "The request ended inside a message.");
            }

            pipe.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    private static bool TryTake(ReadOnlySequence<byte> buffer, out ReadOnlySequence<byte> payload)
    {
        payload = default;
        if (buffer.Length < PrefixLength) return false;
        Span<byte> prefix = stackalloc byte[PrefixLength];
        buffer.Slice(0, PrefixLength).CopyTo(prefix);
        if (prefix[0] != 0)
        {
            throw new RpcFailure(StatusCode.Unimplemented, "Compressed messages are not accepted; send identity.");
        }

        var length = BinaryPrimitives.ReadUInt32BigEndian(prefix[1..]);
        if (length > MaxMessageLength)
        {
            throw new RpcFailure(
                StatusCode.ResourceExhausted,
                $"Received message larger than max ({length} vs. {MaxMessageLength}).");
        }

        if (buffer.Length < PrefixLength + length) return false;
        payload = buffer.Slice(PrefixLength, length);
        return true;
    }
}
