using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using ZonalStorage.Transport.Hpack;
using ZonalStorage.Transport.Sockets;

namespace ZonalStorage.Transport.Http2;

/// <summary>The receive thread: connecting, the loop, content, and the end.</summary>
internal sealed partial class Http2Connection
{
    // The connection whose receive thread this thread is.
    [ThreadStatic]
    private static Http2Connection? _received;

    // All of this belongs to the receive thread.
    private readonly HpackDecoder _hpack = new(maxHeaderListSize: Http2Limits.MaxHeaderBlock);
    private readonly byte[] _scratch = new byte[Http2Limits.MaxHeaderBlock];
    private readonly IdleFrameBudget _idleFrames;
    private DataFrame _data;
    private int _consumed;
    private long _delivered;
    private bool _mustFlush;

    /// <summary>The life of the connection, on the receive thread.</summary>
    internal void Run()
    {
        ReceiveRing? ring = null;
        _received = this;
        try
        {
            End(Live(ref ring), ref ring);
        }
        catch (Exception e)
        {
            // A second failure while the first was dealt with: the rest must hear of it all the same.
            End(e, ref ring);
        }
        finally
        {
            _received = null;
            _finished.TrySetResult();
            _streamSlotFreed();
        }
    }

    /// <summary>Connects and receives until the connection ends.</summary>
    /// <returns>Why it ended.</returns>
    private Exception Live(ref ReceiveRing? ring)
    {
        Exception cause;
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
                ZonalErrorIds.ProtocolViolation, ZonalStatusCode.Internal, "The server broke the HTTP/2 protocol: " + e.Message);
        }
        catch (Exception e)
        {
            // Whatever happens here must reach the streams: nobody else can tell them.
            cause = e;
        }

        if (cause is IOException and not ZonalException && !_ready.Task.IsCompleted)
            cause = ConnectErrors.NotHttp2(_connector.Endpoint, "it closed the connection without an answer", cause);
        return _failure ?? cause;
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
            var room = MakeRoom(ring);
            // Only now: copy jobs that were run to make room ask for more as well as callbacks do.
            if (_mustFlush)
            {
                _mustFlush = false;
                FlushNowOrSoon();
            }

            var count = transport.Receive(room, Math.Max(1, _data.Content), _lastHeard?.Due ?? 0);
            if (count == 0) return;
            Volatile.Write(ref _heardAt, _time.GetTimestamp());
            ring.Received(count);
            while (Advance(ring))
            {
                // Each call takes one frame, or one piece of a DATA frame.
            }
        }
    }

    /// <summary>Where to receive to; has the holders of old bytes spill them when room is short.</summary>
    private static Span<byte> MakeRoom(ReceiveRing ring)
    {
        while (ring.Room < Http2Limits.ReceiveBlock / 4 && ring.Oldest is { } lease) lease.Tenant.Spill(lease);
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

        if (header.Type != FrameType.Ping) _hasNews = true;
        if (header.Type != FrameType.Data || header.Length == 0) _idleFrames.Spend();
    }

    private void BeginData(in FrameHeader header)
    {
        if (header.StreamId == 0) throw new Http2Exception(Http2ErrorCode.ProtocolError, "DATA without a stream.");
        var isPadded = header.Flags.HasFlag(FrameFlags.Padded);
        if (isPadded && header.Length == 0)
            throw new Http2Exception(Http2ErrorCode.FrameSizeError, "padded DATA without a pad length.");
        _data = new DataFrame(header, Find(header.StreamId), isPadded);
        if (header.Length == 0) EndData();
        else if (_data.Stream is null && header.Length < Http2Limits.MinLateData) _idleFrames.Spend();
    }

    private bool AdvanceData(ReceiveRing ring)
    {
        if (ring.UnparsedLength == 0) return false;
        if (_data.AwaitsPadLength)
        {
            _data.SetPadLength(ring.Contiguous(1)[0]);
            ring.Parsed(1);
            if (_data.Content == 0) _idleFrames.Spend();
        }
        else if (_data.Content > 0)
        {
            var piece = ring.Contiguous(_data.Content).Length;
            _data.Content -= piece;
            // Written by this thread alone.
            Volatile.Write(ref _delivered, _delivered + piece);
            if (_data.Stream is { IsClosed: false } stream) TellData(stream, ring, piece);
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
            if (Close(stream)) Tell(stream, static s => s.OnEnd());
            return;
        }

        stream.Consumed += header.Length;
        if (stream.Consumed < Http2Limits.WindowUpdateStep) return;
        _writer!.Append(FrameType.WindowUpdate, stream.Id, (uint)stream.Consumed);
        stream.Consumed = 0;
        _mustFlush = true;
    }

    private Http2Stream? Find(int streamId)
    {
        if (_lastHeard is { } last && last.Id == streamId) return last;
        lock (_gate)
        {
            if (_streams.TryGetValue(streamId, out var stream)) return _lastHeard = stream;
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
    private void End(Exception cause, ref ReceiveRing? ring)
    {
        List<Http2Stream> orphans;
        lock (_gate)
        {
            _isAccepting = false;
            _failure ??= cause;
            _watch?.Dispose();
            orphans = [.. _streams.Values];
            foreach (var stream in orphans) Forget(stream);
        }

        _ready.TrySetException(cause);
        _ = _ready.Task.Exception;
        foreach (var stream in orphans)
            Tell(stream, s => s.OnConnectionLost(cause, isUnprocessed: s.Id > _lastProcessedStreamId));
        // The transport first: what follows may fail, and a second time nothing is left of it.
        _transport?.Dispose();
        if (Interlocked.Exchange(ref ring, null) is not { } last) return;
        while (last.Oldest is { } lease) lease.Tenant.Spill(lease);
        last.Dispose();
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
}
