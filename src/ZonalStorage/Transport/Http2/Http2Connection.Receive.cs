using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using ZonalStorage.Transport.Hpack;
using ZonalStorage.Transport.Sockets;

namespace ZonalStorage.Transport.Http2;

/// <summary>The receive thread: connecting, the loop, and what each frame does.</summary>
internal sealed partial class Http2Connection
{
    // The connection whose receive thread this thread is.
    [ThreadStatic]
    private static Http2Connection? _received;

    // All of this belongs to the receive thread.
    private readonly HpackDecoder _hpack = new(maxHeaderListSize: Http2Limits.MaxHeaderBlock);
    private readonly byte[] _scratch = new byte[Http2Limits.MaxHeaderBlock];
    private readonly IdleFrameBudget _idleFrames = new();
    private ArrayBufferWriter<byte>? _headerBlock;
    private FrameHeader _headerFrame;
    private DataFrame _data;
    private int _consumed;
    private bool _mustFlush;

    /// <summary>The life of the connection, on the receive thread.</summary>
    internal void Run()
    {
        Exception cause;
        ReceiveRing? ring = null;
        _received = this;
        try
        {
            var transport = _connector.Connect(_aborted.Token);
            ring = new ReceiveRing(Http2Limits.ReceiveBlock);
            Start(transport);
            Receive(transport, ring);
            cause = new IOException("The server closed the connection.");
        }
        catch (Http2Exception e)
        {
            GoAway(e.Code);
            cause = new ZonalException(
                "ProtocolViolation", ZonalStatusCode.Internal, "The server broke the HTTP/2 protocol: " + e.Message);
        }
        catch (Exception e)
        {
            // Whatever happens here must reach the streams: nobody else can tell them.
            cause = e;
        }

        if (cause is IOException and not ZonalException && !_ready.Task.IsCompleted)
            cause = ConnectErrors.NotHttp2(_connector.Endpoint, "it closed the connection without an answer", cause);
        End(_failure ?? cause, ring);
        _received = null;
    }

    private void Start(IByteTransport transport)
    {
        lock (_gate)
        {
            _transport = transport;
            _writer = new FrameWriter(transport, Fail);
            if (_failure is not null) throw new IOException("The connection was given up.");
        }

        Span<byte> settings = stackalloc byte[5 * 6];
        PutSetting(settings, 0, SettingId.HeaderTableSize, 0);
        PutSetting(settings, 1, SettingId.EnablePush, 0);
        PutSetting(settings, 2, SettingId.InitialWindowSize, Http2Limits.StreamWindow);
        PutSetting(settings, 3, SettingId.MaxFrameSize, Http2Limits.MaxFrameSize);
        PutSetting(settings, 4, SettingId.MaxHeaderListSize, Http2Limits.MaxHeaderBlock);
        _writer.AppendRaw(Preface);
        _writer.Append(FrameType.Settings, FrameFlags.None, 0, settings);
        _writer.Append(FrameType.WindowUpdate, 0, Http2Limits.ConnectionWindow - 65_535);
        _writer.Flush();

        static void PutSetting(Span<byte> settings, int index, SettingId id, uint value)
        {
            BinaryPrimitives.WriteUInt16BigEndian(settings[(index * 6)..], (ushort)id);
            BinaryPrimitives.WriteUInt32BigEndian(settings[(index * 6 + 2)..], value);
        }
    }

    // Never returns while the connection lives: without this it would stay in unoptimised code.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Receive(IByteTransport transport, ReceiveRing ring)
    {
        while (true)
        {
            var count = transport.Receive(MakeRoom(ring), Math.Max(1, _data.Content));
            if (count == 0) return;
            ring.Received(count);
            while (Advance(ring))
            {
                // Each call takes one frame, or one piece of a DATA frame.
            }

            if (_mustFlush)
            {
                _mustFlush = false;
                FlushNowOrSoon();
            }
        }
    }

    /// <summary>Where to receive to; has the holders of old bytes move out when room is short.</summary>
    private static Span<byte> MakeRoom(ReceiveRing ring)
    {
        while (ring.Room < Http2Limits.ReceiveBlock / 4 && ring.Oldest is { } lease) lease.Tenant.MoveOut(lease);
        return ring.Writable();
    }

    private bool Advance(ReceiveRing ring)
    {
        if (_data.IsUnderWay) return AdvanceData(ring);
        if (ring.UnparsedLength < FrameHeader.Size) return false;
        var header = FrameHeader.Read(ring.Peek(FrameHeader.Size, _scratch));
        Check(header);
        if (header.Type == FrameType.Data)
        {
            ring.Parsed(FrameHeader.Size);
            BeginData(header);
            return true;
        }

        if (ring.UnparsedLength < FrameHeader.Size + header.Length) return false;
        ring.Parsed(FrameHeader.Size);
        Handle(header, ring.Peek(header.Length, _scratch));
        ring.Parsed(header.Length);
        return true;
    }

    private void Check(in FrameHeader header)
    {
        if (!_ready.Task.IsCompleted && header.Type != FrameType.Settings)
        {
            // Before its SETTINGS a server may send nothing: what talks here is most likely HTTP/1.1.
            throw ConnectErrors.NotHttp2(_connector.Endpoint, "it does not speak HTTP/2", cause: null);
        }

        if (_headerBlock is not null
            && (header.Type != FrameType.Continuation || header.StreamId != _headerFrame.StreamId))
        {
            throw new Http2Exception(Http2ErrorCode.ProtocolError, "a header block was interrupted.");
        }

        var limit = header.Type switch
        {
            FrameType.Data => Http2Limits.MaxFrameSize,
            FrameType.Headers or FrameType.Continuation => Http2Limits.MaxHeaderBlock,
            _ => Http2Limits.MaxControlFrame,
        };
        if (header.Length > limit)
        {
            throw new Http2Exception(
                Http2ErrorCode.FrameSizeError, $"a {header.Type} frame of {header.Length} bytes, over {limit}.");
        }

        // Window updates come with what we send, and resets need a stream of ours: both are bounded by our own doing.
        var carriesNothing = header.Type is not
            (FrameType.Data or FrameType.Headers or FrameType.WindowUpdate or FrameType.RstStream);
        if (carriesNothing || header.Length == 0) _idleFrames.Spend();
    }

    private void BeginData(in FrameHeader header)
    {
        if (header.StreamId == 0) throw new Http2Exception(Http2ErrorCode.ProtocolError, "DATA without a stream.");
        var isPadded = header.Flags.HasFlag(FrameFlags.Padded);
        if (isPadded && header.Length == 0)
            throw new Http2Exception(Http2ErrorCode.FrameSizeError, "padded DATA without a pad length.");
        _data = new DataFrame(header, Find(header.StreamId), isPadded);
        if (header.Length == 0) EndData();
    }

    private bool AdvanceData(ReceiveRing ring)
    {
        if (ring.UnparsedLength == 0) return false;
        if (_data.AwaitsPadLength)
        {
            _data.SetPadLength(ring.Contiguous(1)[0]);
            ring.Parsed(1);
        }
        else if (_data.Content > 0)
        {
            var piece = ring.Contiguous(_data.Content).Length;
            _data.Content -= piece;
            if (_data.Stream is { IsClosed: false } stream) stream.OnData(ring, piece);
            ring.Parsed(piece);
        }
        else
        {
            var piece = ring.Contiguous(_data.Padding).Length;
            _data.Padding -= piece;
            ring.Parsed(piece);
        }

        if (_data is { AwaitsPadLength: false, Content: 0, Padding: 0 }) EndData();
        return true;
    }

    private void EndData()
    {
        var (header, stream) = (_data.Header, _data.Stream);
        _data = default;
        _consumed += header.Length;
        if (_consumed >= Http2Limits.WindowUpdateStep)
        {
            _writer!.Append(FrameType.WindowUpdate, 0, (uint)_consumed);
            _consumed = 0;
            _mustFlush = true;
        }

        if (stream is null or { IsClosed: true }) return;
        if (header.Flags.HasFlag(FrameFlags.EndStream))
        {
            if (Close(stream)) stream.OnEnd();
            return;
        }

        stream.Consumed += header.Length;
        if (stream.Consumed < Http2Limits.WindowUpdateStep) return;
        _writer!.Append(FrameType.WindowUpdate, stream.Id, (uint)stream.Consumed);
        stream.Consumed = 0;
        _mustFlush = true;
    }

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
        if (!endsStream || Close(stream)) stream.OnHeadersComplete(endsStream);
    }

    private void OnRstStream(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (payload.Length != 4) throw new Http2Exception(Http2ErrorCode.FrameSizeError, "RST_STREAM not of 4 bytes.");
        if (header.StreamId == 0) throw new Http2Exception(Http2ErrorCode.ProtocolError, "RST_STREAM without a stream.");
        if (Find(header.StreamId) is { } stream && Close(stream))
            stream.OnReset((Http2ErrorCode)BinaryPrimitives.ReadUInt32BigEndian(payload));
    }

    private void OnPing(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (payload.Length != 8) throw new Http2Exception(Http2ErrorCode.FrameSizeError, "PING not of 8 bytes.");
        if (!header.Flags.HasFlag(FrameFlags.Ack))
        {
            Answer(FrameType.Ping, payload);
            return;
        }

        lock (_gate) _isProbing = false;
        _streamSlotFreed();
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
        }

        Answer(FrameType.Settings, []);
        if (_ready.TrySetResult()) return;
        _streamSlotFreed();
    }

    private void Apply(SettingId id, uint value)
    {
        switch (id)
        {
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
                // Our encoder uses no table, we accept no push, our headers are small: the others change nothing.
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
        foreach (var stream in unprocessed) stream.OnConnectionLost(cause, isUnprocessed: true);
        _streamSlotFreed();
        CloseIfDrained();
    }

    /// <summary>Appends an answer that the peer asked for; a peer that asks and does not read is let go.</summary>
    private void Answer(FrameType type, ReadOnlySpan<byte> payload)
    {
        if (_writer!.Unsent > Http2Limits.MaxUnsentControlBytes)
            throw new Http2Exception(Http2ErrorCode.EnhanceYourCalm, "answers pile up that the server does not read.");
        _writer.Append(type, FrameFlags.Ack, 0, payload);
        _mustFlush = true;
    }

    private Http2Stream? Find(int streamId)
    {
        lock (_gate)
        {
            if (_streams.TryGetValue(streamId, out var stream)) return stream;
            if (streamId >= _nextStreamId || int.IsEvenInteger(streamId))
                throw new Http2Exception(Http2ErrorCode.ProtocolError, $"stream {streamId}, which was never opened.");
            return null;
        }
    }

    /// <summary>The peer has ended the stream.</summary>
    /// <returns>False if it was cancelled at the same time, and must not be told any more.</returns>
    private bool Close(Http2Stream stream)
    {
        lock (_gate)
        {
            if (!Forget(stream)) return false;
            // Half-closed streams would stay with the peer: say that we send nothing more either (RFC 9113 §8.1).
            if (!stream.SentEnd) _writer!.Append(FrameType.RstStream, stream.Id, (uint)Http2ErrorCode.NoError);
        }

        _mustFlush |= !stream.SentEnd;
        _streamSlotFreed();
        CloseIfDrained();
        return true;
    }

    private void CloseIfDrained()
    {
        lock (_gate)
        {
            if (_isAccepting || _streams.Count > 0) return;
        }

        Fail(new IOException("The connection was closed after its last stream."));
    }

    private void GoAway(Http2ErrorCode code)
    {
        Span<byte> payload = stackalloc byte[8];
        payload.Clear();
        BinaryPrimitives.WriteUInt32BigEndian(payload[4..], (uint)code);
        _writer?.Append(FrameType.GoAway, FrameFlags.None, 0, payload);
        // On this thread, the last thing it does; Abort from outside frees it if the peer does not read.
        _writer?.Flush();
    }

    /// <summary>Tells everybody that the connection is gone, and frees what belongs to it.</summary>
    private void End(Exception cause, ReceiveRing? ring)
    {
        List<Http2Stream> orphans;
        lock (_gate)
        {
            _isAccepting = false;
            _failure ??= cause;
            orphans = [.. _streams.Values];
            foreach (var stream in orphans) Forget(stream);
        }

        _ready.TrySetException(cause);
        _ = _ready.Task.Exception;
        foreach (var stream in orphans)
            stream.OnConnectionLost(cause, isUnprocessed: stream.Id > _lastProcessedStreamId);
        if (ring is not null)
        {
            while (ring.Oldest is { } lease) lease.Tenant.MoveOut(lease);
            ring.Dispose();
        }

        _transport?.Dispose();
        _finished.TrySetResult();
        _streamSlotFreed();
    }

    /// <summary>A DATA frame of which a part is still to come.</summary>
    private struct DataFrame(FrameHeader header, Http2Stream? stream, bool isPadded)
    {
        public readonly FrameHeader Header = header;
        public readonly Http2Stream? Stream = stream;
        public int Content = header.Length - (isPadded ? 1 : 0);
        public int Padding;
        public bool AwaitsPadLength = isPadded;

        public readonly bool IsUnderWay => AwaitsPadLength || Content > 0 || Padding > 0;

        public void SetPadLength(int length)
        {
            if (length > Content)
                throw new Http2Exception(Http2ErrorCode.ProtocolError, "padding longer than its DATA frame.");
            AwaitsPadLength = false;
            Padding = length;
            Content -= length;
        }
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
