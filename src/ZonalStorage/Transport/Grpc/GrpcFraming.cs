using Google.Protobuf;

namespace ZonalStorage.Transport.Grpc;

/// <summary>Messages as <see cref="GrpcCall.SendAsync"/> wants them.</summary>
internal static class GrpcFraming
{
    /// <summary>Serialises a message behind the room for its prefix.</summary>
    public static Memory<byte> Frame(IMessage message)
    {
        var framed = new byte[GrpcCall.MessagePrefix + message.CalculateSize()];
        message.WriteTo(framed.AsSpan(GrpcCall.MessagePrefix));
        return framed;
    }
}
