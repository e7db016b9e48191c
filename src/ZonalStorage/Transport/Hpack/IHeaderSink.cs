namespace ZonalStorage.Transport.Hpack;

/// <summary>Takes decoded header fields.</summary>
internal interface IHeaderSink
{
    /// <summary>One field; both spans are valid during the call only.</summary>
    void OnHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value);
}

/// <summary>A header block is malformed or too large: the connection's state is lost (RFC 7541 §4.1, RFC 9113 §4.3).</summary>
internal sealed class HpackException(string message) : Exception(message);
