using System.Buffers;

namespace ZonalStorage.Emulator.Wire;

/// <summary>How a connection spoils its frames from now on; set by faults, read by the connection's sending task.</summary>
internal sealed class WireManners
{
    private const ushort HeaderTableSize = 1;
    private const ushort MaxConcurrentStreams = 3;
    private const ushort InitialWindowSize = 4;
    private const ushort MaxFrameSize = 5;
    private const ushort Unknown = 0x99;

    // No value here stops a client for good: requests are small.
    private static readonly (ushort Id, uint Value)[] _storm =
    [
        (InitialWindowSize, 65_535), (MaxFrameSize, 1 << 20), (MaxConcurrentStreams, 1), (Unknown, 7),
        (InitialWindowSize, 1 << 20), (HeaderTableSize, 0), (MaxFrameSize, 16_384), (MaxConcurrentStreams, 100),
        (InitialWindowSize, 16 << 20), (HeaderTableSize, 4096),
    ];

    private int _stormAt;

    /// <summary>DATA frames are cut to this many bytes; 0 leaves them.</summary>
    public volatile int FrameSize;

    /// <summary>Bytes of padding on DATA and HEADERS frames; below 0 leaves them.</summary>
    public volatile int Padding = -1;

    /// <summary>A SETTINGS frame before every frame.</summary>
    public volatile bool HasStorm;

    /// <summary>The connection is cut in the middle of the next DATA frame.</summary>
    public volatile bool CutsNextData;

    /// <summary>Bytes that the client may send on a stream before it has to wait; 0 leaves it to Kestrel.</summary>
    public volatile int ClientWindow;

    /// <summary>A setting to announce with the next frame; 0 for none.</summary>
    public volatile int MaxStreams;

    /// <summary>Appends what has to go before the next frame.</summary>
    public void WritePreludes(IBufferWriter<byte> output)
    {
        if (Interlocked.Exchange(ref MaxStreams, 0) is > 0 and var streams)
            WireFrame.WriteSetting(output, MaxConcurrentStreams, (uint)streams);
        if (!HasStorm) return;
        var (id, value) = _storm[_stormAt++ % _storm.Length];
        WireFrame.WriteSetting(output, id, value);
    }

    /// <summary>Announces <see cref="ClientWindow"/>.</summary>
    public void WriteWindow(IBufferWriter<byte> output) =>
        WireFrame.WriteSetting(output, InitialWindowSize, (uint)ClientWindow);

    /// <summary>Appends a frame of Kestrel's in this connection's manner.</summary>
    public void Write(IBufferWriter<byte> output, in WireFrame frame)
    {
        if (frame.Type is WireFrame.Data) WriteData(output, frame);
        else if (frame.Type is WireFrame.Headers && Padding >= 0) WritePadded(output, frame, frame.Payload, frame.Flags);
        else frame.WriteTo(output);
    }

    private void WriteData(IBufferWriter<byte> output, in WireFrame frame)
    {
        var rest = frame.Payload;
        var size = FrameSize is > 0 and var cut ? cut : int.MaxValue;
        do
        {
            var piece = rest.Slice(0, Math.Min(size, rest.Length));
            rest = rest.Slice(piece.Length);
            var flags = rest.IsEmpty ? frame.Flags : (byte)(frame.Flags & ~WireFrame.EndStream);
            if (Padding >= 0) WritePadded(output, frame, piece, flags);
            else (frame with { Flags = flags, Payload = piece }).WriteTo(output);
        }
        while (!rest.IsEmpty);
    }

    private void WritePadded(IBufferWriter<byte> output, in WireFrame frame, ReadOnlySequence<byte> content, byte flags)
    {
        var padding = Math.Min(Padding, 255);
        WireFrame.WriteHeader(
            output, (int)content.Length + 1 + padding, frame.Type, (byte)(flags | WireFrame.Padded), frame.StreamId);
        output.GetSpan(1)[0] = (byte)padding;
        output.Advance(1);
        foreach (var part in content) output.Write(part.Span);
        output.GetSpan(padding + 1)[..padding].Clear();
        output.Advance(padding);
    }
}
