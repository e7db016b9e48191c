using ZonalStorage.Protocol;
using ZonalStorage.Reading;
using ZonalStorage.Transport.Grpc;
using ZonalStorage.Transport.Sockets;

namespace ZonalStorage.Fuzz.Targets;

/// <summary>A server that says given bytes in given pieces, and then hangs up.</summary>
internal sealed class FuzzWire(byte[] bytes, int piece) : ITransportConnector, IByteTransport
{
    private int _position;
    private long _sent;

    /// <summary>Called once, when the connection first waits for the server.</summary>
    public Action? Opened { get; set; }

    public Uri Endpoint { get; } = new("http://localhost:1");

    public long BytesSent => Interlocked.Read(ref _sent);

    public bool IsDisposed { get; private set; }

    public bool CanSendNow => true;

    public IByteTransport Connect(CancellationToken aborted) => this;

    public int Receive(Span<byte> destination, int certain, long due)
    {
        Opened?.Invoke();
        Opened = null;
        if (destination.IsEmpty) throw new InvalidOperationException("Broken promise: there is always room to receive.");
        var count = Math.Min(Math.Min(piece, destination.Length), bytes.Length - _position);
        bytes.AsSpan(_position, count).CopyTo(destination);
        _position += count;
        return count;
    }

    public void Send(ReadOnlySpan<byte> sent) => Interlocked.Add(ref _sent, sent.Length);

    public void Abort()
    {
        // Nobody waits.
    }

    public void Dispose() => IsDisposed = true;
}

/// <summary>What a call was told, and whether that was in order.</summary>
internal sealed class CallRecorder : IGrpcCallHandler, IReadResponseSink
{
    public GrpcStatus? Status { get; private set; }

    public int Messages { get; private set; }

    public int Chunks { get; private set; }

    public void OnMessage(in GrpcMessage message)
    {
        if (Status is not null) throw new InvalidOperationException("Broken promise: nothing follows the end.");
        Messages++;
        try
        {
            ReadResponseDecoder.Decode(message, this);
        }
        catch (WireFormatException)
        {
            // As a read stream does: the call would be dropped.
        }
    }

    public void OnCompleted(GrpcStatus status)
    {
        if (Status is not null) throw new InvalidOperationException("Broken promise: a call ends once.");
        Status = status;
    }

    public void OnMetadata(byte[] metadata) => Chunks++;

    public void OnReadHandle(byte[] handle) => Chunks++;

    public void OnChunk(in ReadChunk chunk, in GrpcMessage message) => Chunks++;
}
