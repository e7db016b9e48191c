using Google.Protobuf;

namespace ZonalStorage.Transport.Grpc;

/// <summary>Reads the service's messages; the one place that does.</summary>
/// <remarks>
/// Fields that are not known are skipped and not kept: kept, each of two bytes would cost an object and more, and nobody ever
/// asks for them.
/// </remarks>
internal static class GrpcParsing
{
    /// <summary>Reads a message.</summary>
    /// <exception cref="InvalidProtocolBufferException">It is no such message.</exception>
    public static T Parse<T>(ReadOnlySpan<byte> bytes)
        where T : IMessage<T>, new() => Parsers<T>.Instance.ParseFrom(bytes);

    private static class Parsers<T>
        where T : IMessage<T>, new()
    {
        public static readonly MessageParser<T> Instance =
            new MessageParser<T>(static () => new T()).WithDiscardUnknownFields(true);
    }
}
