namespace ZonalStorage.Transport.Http2;

/// <summary>One HTTP/2 stream, as its connection sees it.</summary>
/// <remarks>
/// The <c>On…</c> methods are called by the connection's receive thread alone, one at a time, and none after
/// <see cref="OnEnd"/>, <see cref="OnReset"/> or <see cref="OnConnectionLost"/>. A stream that its owner cancelled gets no
/// further call, except one that is under way. State marked so belongs to the connection's gate.
/// </remarks>
internal abstract class Http2Stream : Hpack.IHeaderSink
{
    private volatile bool _isClosed;
    private long _sendProgress;

    /// <summary>Number on the connection; 0 before it is open.</summary>
    public int Id { get; private set; }

    /// <summary>The connection; null before it is open.</summary>
    public Http2Connection? Connection { get; private set; }

    /// <summary>True once the connection has forgotten the stream.</summary>
    public bool IsClosed => _isClosed;

    /// <summary>Bytes that the peer lets us send on this stream. Connection's gate.</summary>
    internal long SendWindow { get; set; }

    /// <summary>Grows with what was sent and with what the peer made room for; while it stands still, so does the sending. Any thread.</summary>
    public long SendProgress => Interlocked.Read(ref _sendProgress);

    /// <summary>Wakes a writer that waits for a window. Connection's gate.</summary>
    internal TaskCompletionSource? WindowOpened { get; set; }

    /// <summary>True once END_STREAM was sent. Connection's gate.</summary>
    internal bool SentEnd { get; set; }

    /// <summary>Bytes consumed since the stream's window was last topped up. Receive thread.</summary>
    internal int Consumed { get; set; }

    /// <summary>
    /// Bytes that the peer was asked for and that have not come, as far as is known: while they are many, the connection lets
    /// some gather. Receive thread.
    /// </summary>
    public abstract long Due { get; }

    /// <summary>True while somebody waits for the peer to say something. Connection's gate: looks, and calls nobody.</summary>
    public abstract bool IsAwaited { get; }

    /// <summary>A header or trailer; name and value are valid during the call only.</summary>
    public abstract void OnHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value);

    /// <summary>The header block is complete.</summary>
    /// <param name="endsStream">True when nothing follows.</param>
    public abstract void OnHeadersComplete(bool endsStream);

    /// <summary>Content has arrived: <paramref name="length"/> bytes in one piece, at the ring's first unparsed byte.</summary>
    public abstract void OnData(ReceiveRing ring, int length);

    /// <summary>The peer has sent everything.</summary>
    public abstract void OnEnd();

    /// <summary>The peer gave the stream up.</summary>
    public abstract void OnReset(Http2ErrorCode code);

    /// <summary>The connection is gone.</summary>
    /// <param name="cause">Why.</param>
    /// <param name="isUnprocessed">True when the peer has certainly not acted on the request.</param>
    public abstract void OnConnectionLost(Exception cause, bool isUnprocessed);

    /// <summary>
    /// It was cancelled and gets no further callback, but for one that may be under way on the receive thread: what it holds goes
    /// back. Any thread, under the connection's gate, so it must not block or call anybody.
    /// </summary>
    public abstract void OnGivenUp();

    /// <summary>What the owner's code threw in a call above; the stream was cancelled. Receive thread.</summary>
    public abstract void OnFaulted(Exception cause);

    internal void Attach(Http2Connection connection, int id, long sendWindow)
    {
        Connection = connection;
        Id = id;
        SendWindow = sendWindow;
    }

    internal void CountSent(long bytes) => Interlocked.Add(ref _sendProgress, bytes);

    internal void MarkClosed() => _isClosed = true;
}
