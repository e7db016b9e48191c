using System.Buffers.Binary;
using System.IO.Pipelines;
using Google.Protobuf;
using ZonalStorage.Emulator.Shaping;

namespace ZonalStorage.Emulator.Grpc;

/// <summary>
/// Puts length-prefixed messages into a response body and holds every byte to the call's bandwidth. One caller at a
/// time.
/// </summary>
internal sealed class MessageWriter(HttpResponse response, Pacer? streamPacer, Pacer? connectionPacer)
{
    public const int PrefixLength = 5;

    private readonly PipeWriter _pipe = response.BodyWriter;

    public PipeWriter Pipe => _pipe;

    /// <summary>How much a shaped call sends at once: little, so that a slow line drips and does not stutter.</summary>
    public int PacedPiece { get; } =
        Math.Min(streamPacer?.Piece ?? int.MaxValue, connectionPacer?.Piece ?? int.MaxValue);

    /// <summary>Sends the response headers now: StartAsync alone leaves them in Kestrel's buffer.</summary>
    public async ValueTask StartAsync(CancellationToken cancellation)
    {
        await response.StartAsync(cancellation);
        await FlushAsync(cancellation);
    }

    public async ValueTask WriteAsync(IMessage message, CancellationToken cancellation)
    {
        var length = message.CalculateSize();
        Put(message, length);
        await FlushAsync(cancellation);
        await PaceAsync(length, cancellation);
    }

    public async ValueTask FlushAsync(CancellationToken cancellation)
    {
        var result = await _pipe.FlushAsync(cancellation);
        if (result.IsCompleted || result.IsCanceled) throw new OperationCanceledException("The client has gone.");
    }

    public async ValueTask PaceAsync(int bytes, CancellationToken cancellation)
    {
        if (streamPacer is not null) await streamPacer.TakeAsync(bytes, cancellation);
        if (connectionPacer is not null) await connectionPacer.TakeAsync(bytes, cancellation);
    }

    private void Put(IMessage message, int length)
    {
        var span = _pipe.GetSpan(PrefixLength + length);
        WritePrefix(span, length);
        message.WriteTo(span.Slice(PrefixLength, length));
        _pipe.Advance(PrefixLength + length);
    }

    public static void WritePrefix(Span<byte> destination, int length)
    {
        destination[0] = 0;
        BinaryPrimitives.WriteUInt32BigEndian(destination[1..], (uint)length);
    }
}
