using System.Buffers;
using System.Buffers.Binary;
using ZonalStorage.Transport.Hpack;

namespace ZonalStorage.Transport.Http2;

/// <summary>What each frame other than DATA does; receive thread.</summary>
internal sealed partial class Http2Connection
{
    private ArrayBufferWriter<byte>? _headerBlock;
    private FrameHeader _headerFrame;

    private void Handle(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        switch (header.Type)
        {
            case FrameType.Headers:
                OnHeaders(header, payload);
                break;
            case FrameType.Continuation:
                OnContinuation(header, payload);
                break;
            case FrameType.RstStream:
                OnRstStream(header, payload);
                break;
            case FrameType.Settings:
                OnSettings(header, payload);
                break;
            case FrameType.Ping:
                OnPing(header, payload);
                break;
            case FrameType.GoAway:
                OnGoAway(payload);
                break;
            case FrameType.WindowUpdate:
                OnWindowUpdate(header, payload);
                break;
            case FrameType.PushPromise:
                throw new Http2Exception(Http2ErrorCode.ProtocolError, "PUSH_PROMISE, which was disabled.");
            default:
                // PRIORITY, and types that came after us, mean nothing here (RFC 9113 §4.1).
                break;
        }
    }

    private void OnHeaders(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (header.StreamId == 0) throw new Http2Exception(Http2ErrorCode.ProtocolError, "HEADERS without a stream.");
        var padding = 0;
        if (header.Flags.HasFlag(FrameFlags.Padded))
        {
            if (payload.IsEmpty) throw new Http2Exception(Http2ErrorCode.FrameSizeError, "HEADERS without a pad length.");
            padding = payload[0];
            payload = payload[1..];
        }

        var priority = header.Flags.HasFlag(FrameFlags.Priority) ? 5 : 0;
        if (padding + priority > payload.Length)
            throw new Http2Exception(Http2ErrorCode.ProtocolError, "padding longer than its HEADERS frame.");
        payload = payload[priority..^padding];
        if (header.Flags.HasFlag(FrameFlags.EndHeaders))
        {
            Decode(header, payload);
            return;
        }

        _headerFrame = header;
        _headerBlock = new ArrayBufferWriter<byte>();
        _headerBlock.Write(payload);
    }

    private void OnContinuation(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (_headerBlock is not { } block)
            throw new Http2Exception(Http2ErrorCode.ProtocolError, "CONTINUATION without HEADERS.");
        if (block.WrittenCount + payload.Length > Http2Limits.MaxHeaderBlock)
        {
            throw new Http2Exception(
                Http2ErrorCode.EnhanceYourCalm, $"a header block of more than {Http2Limits.MaxHeaderBlock} bytes.");
        }

        block.Write(payload);
        if (!header.Flags.HasFlag(FrameFlags.EndHeaders)) return;
        _headerBlock = null;
        Decode(_headerFrame, block.WrittenSpan);
    }

    private void Decode(in FrameHeader header, ReadOnlySpan<byte> block)
    {
        var stream = Find(header.StreamId);
        try
        {
            // A block for a stream that was given up is decoded all the same: it may change the decoder's table.
            _hpack.Decode(block, stream is null ? IgnoredHeaders.Instance : stream);
        }
        catch (HpackException e)
        {
            throw new Http2Exception(Http2ErrorCode.CompressionError, e.Message);
        }

        if (stream is null) return;
        var endsStream = header.Flags.HasFlag(FrameFlags.EndStream);
        if (!endsStream || Close(stream)) Tell(stream, s => s.OnHeadersComplete(endsStream));
    }

    private void OnRstStream(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (payload.Length != 4) throw new Http2Exception(Http2ErrorCode.FrameSizeError, "RST_STREAM not of 4 bytes.");
        if (header.StreamId == 0) throw new Http2Exception(Http2ErrorCode.ProtocolError, "RST_STREAM without a stream.");
        if (Find(header.StreamId) is not { } stream || !Close(stream)) return;
        var code = (Http2ErrorCode)BinaryPrimitives.ReadUInt32BigEndian(payload);
        Tell(stream, s => s.OnReset(code));
    }

    private void OnPing(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (payload.Length != 8) throw new Http2Exception(Http2ErrorCode.FrameSizeError, "PING not of 8 bytes.");
        if (!header.Flags.HasFlag(FrameFlags.Ack))
        {
            Answer(FrameType.Ping, payload);
            return;
        }

        OnProbeAnswered();
    }

    private void OnSettings(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (header.StreamId != 0) throw new Http2Exception(Http2ErrorCode.ProtocolError, "SETTINGS on a stream.");
        if (header.Flags.HasFlag(FrameFlags.Ack))
        {
            // From here on the server encodes without a dynamic table, as our settings asked.
            _hpack.SetMaximumTableSize(0);
            return;
        }

        if (payload.Length % 6 != 0) throw new Http2Exception(Http2ErrorCode.FrameSizeError, "SETTINGS not in sixes.");
        lock (_gate)
        {
            for (; !payload.IsEmpty; payload = payload[6..])
            {
                Apply(
                    (SettingId)BinaryPrimitives.ReadUInt16BigEndian(payload),
                    BinaryPrimitives.ReadUInt32BigEndian(payload[2..]));
            }

            // Under the gate, so that the header block that the new settings ask for comes behind the answer.
            Answer(FrameType.Settings, []);
        }

        if (_ready.TrySetResult()) return;
        _streamSlotFreed();
    }

    private void Apply(SettingId id, uint value)
    {
        switch (id)
        {
            case SettingId.HeaderTableSize:
                _mustUpdateTable |= value < _peerTableSize;
                _peerTableSize = value;
                break;
            case SettingId.MaxConcurrentStreams:
                _peerMaxStreams = value;
                break;
            case SettingId.MaxFrameSize when value is >= 16_384 and <= 0xFF_FFFF:
                _peerMaxFrame = (int)Math.Min(value, Http2Limits.MaxFrameSize);
                break;
            case SettingId.InitialWindowSize when value <= int.MaxValue:
                // Open streams' windows move by the difference, below zero too (RFC 9113 §6.9.2).
                foreach (var stream in _streams.Values) OpenWindow(stream, value - _peerInitialWindow);
                _peerInitialWindow = value;
                break;
            case SettingId.MaxFrameSize or SettingId.InitialWindowSize:
                throw new Http2Exception(Http2ErrorCode.ProtocolError, $"{id} of {value}.");
            default:
                // We accept no push, our headers are small: the others change nothing.
                break;
        }
    }

    private void OnWindowUpdate(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (payload.Length != 4) throw new Http2Exception(Http2ErrorCode.FrameSizeError, "WINDOW_UPDATE not of 4 bytes.");
        var increment = BinaryPrimitives.ReadUInt32BigEndian(payload) & 0x7FFF_FFFF;
        if (increment == 0) throw new Http2Exception(Http2ErrorCode.ProtocolError, "WINDOW_UPDATE of nothing.");
        lock (_gate)
        {
            if (header.StreamId != 0)
            {
                if (_streams.TryGetValue(header.StreamId, out var stream)) OpenWindow(stream, increment);
                return;
            }

            _sendWindow += increment;
            if (_sendWindow > int.MaxValue)
                throw new Http2Exception(Http2ErrorCode.FlowControlError, "the connection's window overflowed.");
            foreach (var stream in _streams.Values) Wake(stream);
        }
    }

    private static void OpenWindow(Http2Stream stream, long increment)
    {
        stream.SendWindow += increment;
        if (increment > 0) stream.CountSent(increment);
        if (stream.SendWindow > int.MaxValue)
            throw new Http2Exception(Http2ErrorCode.FlowControlError, "a stream's window overflowed.");
        Wake(stream);
    }

    private static void Wake(Http2Stream stream)
    {
        stream.WindowOpened?.TrySetResult();
        stream.WindowOpened = null;
    }

    private void OnGoAway(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < 8) throw new Http2Exception(Http2ErrorCode.FrameSizeError, "GOAWAY under 8 bytes.");
        var last = (int)(BinaryPrimitives.ReadUInt32BigEndian(payload) & 0x7FFF_FFFF);
        List<Http2Stream> unprocessed = [];
        lock (_gate)
        {
            _isAccepting = false;
            _lastProcessedStreamId = Math.Min(_lastProcessedStreamId, last);
            foreach (var (id, stream) in _streams)
            {
                if (id > last) unprocessed.Add(stream);
            }

            foreach (var stream in unprocessed) Forget(stream);
        }

        var cause = new IOException($"The server is closing the connection ({(Http2ErrorCode)
            BinaryPrimitives.ReadUInt32BigEndian(payload[4..])}).");
        foreach (var stream in unprocessed) Tell(stream, s => s.OnConnectionLost(cause, isUnprocessed: true));
        _streamSlotFreed();
        CloseIfDrained();
    }

    /// <summary>Appends an answer that the peer asked for; a peer that asks and does not read is let go.</summary>
    private void Answer(FrameType type, ReadOnlySpan<byte> payload)
    {
        if (!_writer!.TryAnswer(type, payload))
            throw new Http2Exception(Http2ErrorCode.EnhanceYourCalm, "answers pile up that the server does not read.");
        _mustFlush = true;
    }

    private sealed class IgnoredHeaders : IHeaderSink
    {
        public static readonly IgnoredHeaders Instance = new();

        public void OnHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
        {
            // Of a stream that was given up.
        }
    }
}
