using Google.Cloud.Storage.V2;
using Google.Protobuf;
using ZonalStorage.Protocol;
using ZonalStorage.Transport;
using ZonalStorage.Transport.Grpc;
using Object = Google.Cloud.Storage.V2.Object;

namespace ZonalStorage.Reading;

/// <summary>One BidiReadObject call: what a <see cref="MultiRangeDownloader"/> has open at a time.</summary>
/// <remarks>
/// Translates between the downloader and the call and keeps no state of ranges. Its callbacks come from the receive thread
/// of its connection; the downloader ignores those of a stream that it has dropped.
/// </remarks>
#pragma warning disable CA1001 // A cancellation source without a timer holds nothing to dispose of.
internal sealed class ReadStream(MultiRangeDownloader owner) : IGrpcCallHandler, IReadResponseSink
#pragma warning restore CA1001
{
    // One is some hundred bytes; what is longer is kept by nobody.
    private const int MaximumHandle = 16 << 10;

    private readonly CancellationTokenSource _dropped = new();
    private volatile GrpcCall? _call;
    private volatile int _messages;

    /// <summary>True once the server has answered at all.</summary>
    public bool HasAnswered => _messages > 0;

    /// <summary>Makes the call; nothing is sent before the first message.</summary>
    /// <exception cref="OperationCanceledException">It was dropped meanwhile.</exception>
    public async ValueTask StartAsync(GrpcChannel channel, string routing, bool refreshToken)
    {
        _call = await channel.StartAsync(GrpcMethod.BidiReadObject, routing, this, refreshToken, _dropped.Token).ConfigureAwait(false);
        if (_dropped.IsCancellationRequested) _call.Cancel();
    }

    /// <summary>Sends a request.</summary>
    /// <param name="request">Ranges and, in the first message, the object.</param>
    /// <param name="isCertain">
    /// True if the object has all of the ranges, so that their bytes are due; what a range may lack nobody should wait for.
    /// </param>
    /// <returns>False if the call has ended.</returns>
    public ValueTask<bool> SendAsync(BidiReadObjectRequest request, bool isCertain)
    {
        if (isCertain)
        {
            long bytes = 0;
            for (var i = 0; i < request.ReadRanges.Count; i++) bytes += request.ReadRanges[i].ReadLength;
            _call!.Expect(bytes);
        }

        return _call!.SendAsync(GrpcFraming.Frame(request), isLast: false, _dropped.Token);
    }

    /// <summary>What is seen of the call from outside.</summary>
    public StreamVitals VitalsOf(InFlightLimit line)
    {
        if (_call is not { } call) return new StreamVitals(0, _messages, 0, 0, line.Limit);
        var payload = call.PayloadBytes;
        return new StreamVitals(
            payload, _messages, call.IsInMidst ? call.Announced : 0, call.ConnectionBytes - payload, line.Limit);
    }

    /// <summary>Nothing is awaited on the call, be it that less or more came than was expected.</summary>
    public void ExpectNothing() => _call?.ExpectNothing();

    /// <summary>Ends the call, on which nothing is awaited or being sent. Any thread.</summary>
    public void Finish()
    {
        if (HasAnswered) _call?.Finish();
        else Drop();
    }

    /// <summary>Gives the call up. Any thread.</summary>
    public void Drop()
    {
        // Ends also the wait for a token, a connection or a window.
        _dropped.Cancel();
        _call?.Cancel();
    }

    /// <summary>Gives the call up because nothing came on it; its connection may be dead as well.</summary>
    public void DropStalled()
    {
        Drop();
        _call?.ProbeConnection();
    }

    /// <inheritdoc/>
    public void OnMessage(in GrpcMessage message)
    {
        // Written by one thread at a time.
        if (_messages++ == 0) owner.OnAnswered(this);
        try
        {
            ReadResponseDecoder.Decode(message, this);
        }
        catch (Exception e) when (e is WireFormatException or InvalidProtocolBufferException)
        {
            Drop();
            owner.OnStreamEnded(
                this, new GrpcStatus(ZonalStatusCode.Internal, "The server sent a malformed message: " + e.Message));
        }
    }

    /// <inheritdoc/>
    public void OnMetadata(byte[] metadata)
    {
        owner.OnMetadata(this, GrpcParsing.Parse<Object>(metadata));
    }

    /// <inheritdoc/>
    public void OnReadHandle(byte[] handle)
    {
        if (handle.Length <= MaximumHandle) owner.OnReadHandle(this, handle);
    }

    /// <inheritdoc/>
    public void OnChunk(in ReadChunk chunk, in GrpcMessage message)
    {
        _call?.Expect(-chunk.Content.Length);
        owner.OnChunk(this, chunk, message);
    }

    /// <inheritdoc/>
    public void OnCompleted(GrpcStatus status) => owner.OnStreamEnded(this, status);
}
