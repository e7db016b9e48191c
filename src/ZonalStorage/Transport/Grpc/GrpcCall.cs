using System.Buffers.Text;
using System.Text;
using ZonalStorage.Transport.Http2;

namespace ZonalStorage.Transport.Grpc;

/// <summary>What a call tells its owner.</summary>
internal interface IGrpcCallHandler : IGrpcMessageSink
{
    /// <summary>The call has ended; nothing follows. Receive thread; not called for a call that its owner cancelled.</summary>
    void OnCompleted(GrpcStatus status);
}

/// <summary>One gRPC call: messages out, messages in, a status at the end.</summary>
/// <remarks>
/// Made by <see cref="GrpcChannel"/>. <see cref="SendAsync"/> by one caller at a time; <see cref="Cancel"/> by any thread.
/// After <see cref="Cancel"/> has returned no callback begins; one that is under way may still be running.
/// </remarks>
internal sealed class GrpcCall : Http2Stream
{
    private const int PrefixLength = 5;
    private const int MaximumStatusText = 16 << 10;
    // Of larger ones enough is certain: see ReceiveCoalescing.
    private const int LargestGathered = 192 << 10;

    // With fewer messages outstanding somebody may be waiting for the very one that a gathering receive would hold up.
    private const int FewestGathered = 6;

    private readonly IGrpcCallHandler _handler;
    private readonly GrpcMessageAssembler _assembler;
    private readonly bool _isUnary;
    private long _expected;
    private long _payload;
    private int _httpStatus;
    private int _grpcStatus = -1;
    private bool _isGrpc;
    private bool _hasHeaders;
    private bool _isCompleted;
    private volatile bool _isFinished;
    private byte[] _message = [];
    private string _details = "";

    /// <summary>A call that is to be opened on a connection.</summary>
    /// <param name="handler">Gets the answers.</param>
    /// <param name="maximumMessage">Bytes of a message at most; one that is longer ends the call.</param>
    /// <param name="isUnary">True if it has one answer, which is awaited until its last byte.</param>
    public GrpcCall(IGrpcCallHandler handler, int maximumMessage = Http2Limits.MaxMessage, bool isUnary = false)
    {
        _handler = handler;
        _isUnary = isUnary;
        _assembler = new GrpcMessageAssembler(handler, maximumMessage);
    }

    /// <summary>Room that <see cref="SendAsync"/> wants left at the start of a message, for its length prefix.</summary>
    public static int MessagePrefix => PrefixLength;

    /// <inheritdoc/>
    /// <remarks>
    /// None where messages are large: their frames say what is certain, and a large one is better read as it comes. None where
    /// they are few.
    /// </remarks>
    public override long Due
    {
        get
        {
            var (message, expected) = (_assembler.Announced, Interlocked.Read(ref _expected));
            return message <= LargestGathered && expected >= FewestGathered * message ? expected - _assembler.Collected : 0;
        }
    }

    /// <inheritdoc/>
    /// <remarks>
    /// A stream on which reads may be made at any time awaits its first answer, and then what it was told to expect; one whose
    /// side we have closed awaits its end.
    /// </remarks>
    public override bool IsAwaited =>
        !_isFinished && (_isUnary || SentEnd || PayloadBytes == 0 || Interlocked.Read(ref _expected) > 0);

    /// <summary>Bytes of messages that came, also of one that has only begun. Any thread.</summary>
    public long PayloadBytes => Volatile.Read(ref _payload);

    /// <summary>True when a message has begun and not ended. Any thread.</summary>
    public bool IsInMidst => _assembler.IsInMidst;

    /// <summary>Length of the message that has begun, or else of the last. Any thread.</summary>
    public int Announced => _assembler.Announced;

    /// <summary>Bytes of content that its connection has received so far, of all streams. Any thread.</summary>
    public long ConnectionBytes => Connection?.DeliveredBytes ?? 0;

    /// <summary>How many bytes of content more the owner awaits, or, of those in a message that has come, less. Any thread.</summary>
    public void Expect(long bytes)
    {
        if (Interlocked.Add(ref _expected, bytes) > 0 && bytes > 0) Connection?.Watch();
    }

    /// <summary>Nothing is awaited, whatever was expected. Any thread.</summary>
    public void ExpectNothing() => Interlocked.Exchange(ref _expected, 0);

    /// <summary>Sends a message.</summary>
    /// <param name="framed">The message behind <see cref="MessagePrefix"/> bytes that are filled in here.</param>
    /// <param name="isLast">True to close our side.</param>
    /// <param name="cancellationToken">Ends the wait for the peer's window.</param>
    /// <returns>False if the call has ended meanwhile.</returns>
    public ValueTask<bool> SendAsync(Memory<byte> framed, bool isLast, CancellationToken cancellationToken)
    {
        var prefix = framed.Span;
        prefix[0] = 0;
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(prefix[1..], framed.Length - PrefixLength);
        return Connection!.SendAsync(this, framed, isLast, cancellationToken);
    }

    /// <summary>Has the server end the call, which has done what it was for; what comes until then is of no use.</summary>
    public void Finish()
    {
        _isFinished = true;
        Connection?.Finish(this);
        // The end may never come: what has come of a message does not wait for it.
        _assembler.Abandon();
    }

    /// <summary>Gives the call up; the server is told.</summary>
    public void Cancel() => Connection?.Cancel(this, Http2ErrorCode.Cancel);

    /// <summary>Nothing came where something should have: see <see cref="Http2Connection.Probe"/>.</summary>
    public void ProbeConnection() => Connection?.Probe();

    /// <inheritdoc/>
    public override void OnHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (name.SequenceEqual(":status"u8)) _httpStatus = Number(value);
        else if (name.SequenceEqual("content-type"u8)) _isGrpc = value.StartsWith("application/grpc"u8);
        else if (name.SequenceEqual("grpc-status"u8)) _grpcStatus = Number(value);
        else if (name.SequenceEqual("grpc-message"u8) && value.Length <= MaximumStatusText) _message = value.ToArray();
        else if (name.SequenceEqual("grpc-status-details-bin"u8)) _details = Encoding.ASCII.GetString(value);

        static int Number(ReadOnlySpan<byte> text) =>
            Utf8Parser.TryParse(text, out int number, out var used) && used == text.Length ? number : -1;
    }

    /// <inheritdoc/>
    public override void OnHeadersComplete(bool endsStream)
    {
        if (!_hasHeaders && _httpStatus is >= 100 and < 200 && !endsStream) return;
        if (endsStream)
        {
            // Trailers, or headers and trailers in one ("Trailers-Only").
            End();
            return;
        }

        if (_hasHeaders)
        {
            Break(new GrpcStatus(ZonalStatusCode.Internal, "The server sent trailers that do not end the stream."));
            return;
        }

        _hasHeaders = true;
        if (_httpStatus == 200 && _isGrpc) return;
        Break(_httpStatus == 200
            ? new GrpcStatus(ZonalStatusCode.Unknown, "The server's answer is not gRPC: wrong content type.")
            : GrpcStatusMapping.FromHttp(_httpStatus));
    }

    /// <inheritdoc/>
    public override void OnData(ReceiveRing ring, int length)
    {
        if (_isCompleted) return;
        if (!_hasHeaders)
        {
            Break(new GrpcStatus(ZonalStatusCode.Internal, "The server sent data before headers."));
            return;
        }

        try
        {
            // Written by the receive thread alone.
            Volatile.Write(ref _payload, _payload + length);
            _assembler.Append(ring, length);
        }
        catch (GrpcProtocolException e)
        {
            Break(new GrpcStatus(ZonalStatusCode.Internal, "The server sent " + e.Message)
            {
                Cause = e as MessageTooLongException,
            });
        }
    }

    /// <inheritdoc/>
    public override void OnEnd() => End();

    /// <inheritdoc/>
    public override void OnFaulted(Exception cause) => Complete(
        new GrpcStatus(ZonalStatusCode.Internal, "An answer could not be dealt with: " + cause.Message) { Cause = cause });

    /// <inheritdoc/>
    public override void OnGivenUp() => _assembler.Abandon();

    /// <inheritdoc/>
    public override void OnReset(Http2ErrorCode code)
    {
        // A server may reset with NO_ERROR behind complete trailers; without a status it is a failure all the same.
        Complete(GrpcStatusMapping.FromReset(code));
    }

    /// <inheritdoc/>
    public override void OnConnectionLost(Exception cause, bool isUnprocessed) =>
        Complete(GrpcStatusMapping.FromConnectionLoss(cause, isUnprocessed));

    private void End()
    {
        if (_grpcStatus >= 0)
        {
            var status = GrpcStatusMapping.FromTrailers(_grpcStatus, _message, _details);
            Complete(status.IsOk && _assembler.IsInMidst
                ? new GrpcStatus(ZonalStatusCode.Internal, "The stream ended in the midst of a message.")
                : status);
        }
        else if (_httpStatus is not (200 or 0))
        {
            Complete(GrpcStatusMapping.FromHttp(_httpStatus));
        }
        else
        {
            Complete(new GrpcStatus(ZonalStatusCode.Internal, "The stream ended without a status."));
        }
    }

    /// <summary>The peer broke the rules: tell it to stop and end with <paramref name="status"/>.</summary>
    private void Break(GrpcStatus status)
    {
        Connection!.Cancel(this, Http2ErrorCode.Cancel);
        Complete(status);
    }

    private void Complete(GrpcStatus status)
    {
        if (_isCompleted) return;
        _isCompleted = true;
        _assembler.Abandon();
        _handler.OnCompleted(status);
    }
}
