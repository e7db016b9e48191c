using System.Diagnostics;
using ZonalStorage.Transport.Sockets;

namespace ZonalStorage.Transport.Http2;

/// <summary>One HTTP/2 connection as a client (RFC 9113), made for receiving much and sending little.</summary>
/// <remarks>
/// <para>
/// One thread, the receive thread, connects, receives, parses in place and calls the streams. Any thread may open streams,
/// send and cancel; what it sends leaves on its own thread. What a receive thread sends leaves when it has dealt with what
/// came, and on a pool thread if that might block: a peer that stopped reading must not stop it.
/// </para>
/// <para>
/// <c>_gate</c> guards the set of streams, the send windows and the peer's settings; nothing is called and nothing is sent
/// under it. A failure, whoever notices it, ends the receive thread, and that thread tells the streams: so a stream's
/// callbacks never run side by side.
/// </para>
/// </remarks>
internal sealed partial class Http2Connection : IAsyncDisposable
{
    private const int MaximumStreamId = int.MaxValue - 2;

    // "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", RFC 9113 §3.4.
    private static ReadOnlySpan<byte> Preface => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8;

    private readonly object _gate = new();
    private readonly Dictionary<int, Http2Stream> _streams = [];
    private readonly Queue<Http2Stream> _finishing = new();
    private readonly ITransportConnector _connector;
    private readonly CancellationTokenSource _aborted = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Action _streamSlotFreed;

    private IByteTransport? _transport;
    private FrameWriter? _writer;
    private Exception? _failure;
    private int _nextStreamId = 1;
    private int _lastProcessedStreamId = int.MaxValue;
    private bool _isAccepting = true;
    private bool _isProbing;
    private long _sendWindow = 65_535;
    private long _peerInitialWindow = 65_535;
    private int _peerMaxFrame = 16_384;
    private uint _peerMaxStreams = 100;

    /// <summary>Makes a connection; <see cref="ConnectAsync"/> makes it real.</summary>
    /// <param name="connector">How to get there.</param>
    /// <param name="streamSlotFreed">Called whenever a stream has ended or the connection has; any thread, not blocking.</param>
    public Http2Connection(ITransportConnector connector, Action streamSlotFreed)
    {
        _connector = connector;
        _streamSlotFreed = streamSlotFreed;
    }

    /// <summary>True while new streams may be tried.</summary>
    public bool IsAccepting
    {
        get
        {
            lock (_gate) return _isAccepting && !_isProbing;
        }
    }

    /// <summary>Streams that are open.</summary>
    public int StreamCount
    {
        get
        {
            lock (_gate) return _streams.Count;
        }
    }

    /// <summary>Ends when the connection has ended and every stream was told.</summary>
    public Task Finished => _finished.Task;

    /// <summary>Connects and waits for the server's settings.</summary>
    /// <exception cref="ZonalException">There is no such endpoint, or it does not speak HTTP/2.</exception>
    public async Task ConnectAsync(TimeSpan timeout, Uri endpoint, CancellationToken cancellationToken)
    {
        var thread = new Thread(Run) { IsBackground = true, Name = $"zonal receive {endpoint.Authority}" };
        thread.Start();
        try
        {
            await _ready.Task.WaitAsync(timeout, cancellationToken);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            Fail(e);
            if (e is TimeoutException) throw ConnectErrors.TimedOut(endpoint, timeout, cause: null);
            throw;
        }
    }

    /// <summary>
    /// Opens a stream and appends its header block; <see cref="SendAsync"/> or <see cref="Flush"/> sends it.
    /// </summary>
    /// <returns>False if the connection takes no further stream now.</returns>
    public bool TryOpen(Http2Stream stream, ReadOnlySpan<byte> headerBlock)
    {
        lock (_gate)
        {
            if (!_isAccepting || _isProbing || _failure is not null) return false;
            if (_streams.Count >= _peerMaxStreams && !TryDropFinishing()) return false;
            if (_nextStreamId > MaximumStreamId)
            {
                _isAccepting = false;
                return false;
            }

            var id = _nextStreamId;
            _nextStreamId += 2;
            stream.Attach(this, id, _peerInitialWindow);
            _streams.Add(id, stream);
            AppendHeaders(id, headerBlock);
            return true;
        }
    }

    /// <summary>Sends content on a stream, as the peer's windows allow; one call at a time a stream.</summary>
    /// <param name="stream">A stream of this connection.</param>
    /// <param name="content">Bytes; they are copied before the task ends.</param>
    /// <param name="endsStream">True if nothing follows.</param>
    /// <param name="cancellationToken">Ends the wait for a window; part of the content may have gone.</param>
    /// <returns>False if the stream has ended meanwhile, which its callbacks tell more about.</returns>
    public ValueTask<bool> SendAsync(
        Http2Stream stream, ReadOnlyMemory<byte> content, bool endsStream, CancellationToken cancellationToken)
    {
        var step = AppendData(stream, content, endsStream);
        Flush();
        return !step.IsOpen ? new(false)
            : step.Sent == content.Length ? new(true)
            : SendRestAsync(stream, content[step.Sent..], step, endsStream, cancellationToken);
    }

    /// <summary>Sends what was appended: at once, or soon after a callback of a receive thread.</summary>
    public void Flush()
    {
        if (_received == this) _mustFlush = true;
        else if (_received is not null) FlushSoon();
        else _writer!.Flush();
    }

    /// <summary>
    /// Sends nothing more on a stream, so that the peer ends it of its own accord, for which nobody waits. Any thread; no
    /// <see cref="SendAsync"/> may be under way.
    /// </summary>
    /// <remarks>
    /// A peer takes a reset for a failure, counts it as one, and may pay more for it than for the whole call.
    /// </remarks>
    public void Finish(Http2Stream stream)
    {
        lock (_gate)
        {
            if (stream.IsClosed || stream.SentEnd) return;
            _writer!.Append(FrameType.Data, FrameFlags.EndStream, stream.Id, []);
            stream.SentEnd = true;
            while (_finishing.TryPeek(out var oldest) && oldest.IsClosed) _finishing.Dequeue();
            if (_finishing.Count == Http2Limits.MaxFinishingStreams) TryDropFinishing();
            _finishing.Enqueue(stream);
        }

        FlushNowOrSoon();
    }

    /// <summary>Forgets a stream and tells the peer so; it gets no further callback. Any thread.</summary>
    public void Cancel(Http2Stream stream, Http2ErrorCode code)
    {
        lock (_gate)
        {
            if (!TryReset(stream, code)) return;
        }

        _streamSlotFreed();
        FlushNowOrSoon();
    }

    /// <summary>
    /// Somebody waited in vain on this connection: asks the peer for a sign of life. Until it comes no stream is opened here,
    /// and without one the connection is broken off. Any thread.
    /// </summary>
    public void Probe()
    {
        lock (_gate)
        {
            if (_isProbing || _failure is not null) return;
            _isProbing = true;
            _writer!.Append(FrameType.Ping, FrameFlags.None, 0, "liveness"u8);
        }

        FlushNowOrSoon();
        _ = ExpectAnswerAsync();
    }

    /// <summary>Breaks the connection off; every stream is told on the receive thread.</summary>
    public void Fail(Exception cause)
    {
        lock (_gate)
        {
            _isAccepting = false;
            _failure ??= cause;
        }

        _aborted.Cancel();
        _transport?.Abort();
    }

    /// <summary>Breaks the connection off and waits, bounded, until its thread has ended.</summary>
    public async ValueTask DisposeAsync()
    {
        Fail(new ObjectDisposedException(nameof(ZonalSession), "The session was closed."));
        await _finished.Task.WaitAsync(TimeSpan.FromSeconds(1)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task ExpectAnswerAsync()
    {
        await Task.Delay(Http2Limits.ProbeTimeout, _aborted.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        bool isDead;
        lock (_gate) isDead = _isProbing;
        if (isDead) Fail(new IOException("The server did not answer a PING."));
    }

    private async ValueTask<bool> SendRestAsync(
        Http2Stream stream, ReadOnlyMemory<byte> rest, SendStep step, bool endsStream,
        CancellationToken cancellationToken)
    {
        while (true)
        {
            await (step.Window ?? _writer!.WaitForRoomAsync()).WaitAsync(cancellationToken);
            step = AppendData(stream, rest, endsStream);
            Flush();
            if (!step.IsOpen) return false;
            rest = rest[step.Sent..];
            if (rest.IsEmpty) return true;
        }
    }

    /// <summary>Appends as much as windows and the unsent limit allow.</summary>
    private SendStep AppendData(Http2Stream stream, ReadOnlyMemory<byte> content, bool endsStream)
    {
        lock (_gate)
        {
            stream.WindowOpened = null;
            if (stream.IsClosed || stream.SentEnd) return new SendStep(0, IsOpen: false, Window: null);
            var sent = 0;
            while (sent < content.Length && _writer!.Unsent < Http2Limits.UnsentHighWatermark)
            {
                var allowed = Math.Min(stream.SendWindow, _sendWindow);
                if (allowed <= 0)
                {
                    // Continuations run elsewhere: it is the receive thread that opens windows.
                    stream.WindowOpened = new(TaskCreationOptions.RunContinuationsAsynchronously);
                    return new SendStep(sent, IsOpen: true, stream.WindowOpened.Task);
                }

                var length = (int)Math.Min(Math.Min(content.Length - sent, allowed), _peerMaxFrame);
                var isLast = endsStream && sent + length == content.Length;
                _writer.Append(
                    FrameType.Data, isLast ? FrameFlags.EndStream : FrameFlags.None, stream.Id,
                    content.Span.Slice(sent, length));
                stream.SentEnd = isLast;
                stream.SendWindow -= length;
                _sendWindow -= length;
                sent += length;
            }

            if (content.IsEmpty && endsStream)
            {
                _writer!.Append(FrameType.Data, FrameFlags.EndStream, stream.Id, []);
                stream.SentEnd = true;
            }

            return new SendStep(sent, IsOpen: true, Window: null);
        }
    }

    private void AppendHeaders(int streamId, ReadOnlySpan<byte> block)
    {
        var first = block[..Math.Min(block.Length, _peerMaxFrame)];
        block = block[first.Length..];
        _writer!.Append(
            FrameType.Headers, block.IsEmpty ? FrameFlags.EndHeaders : FrameFlags.None, streamId, first);
        while (!block.IsEmpty)
        {
            var next = block[..Math.Min(block.Length, _peerMaxFrame)];
            block = block[next.Length..];
            _writer.Append(
                FrameType.Continuation, block.IsEmpty ? FrameFlags.EndHeaders : FrameFlags.None, streamId, next);
        }
    }

    /// <summary>Takes the stream out of the set. Gate.</summary>
    private bool Forget(Http2Stream stream)
    {
        Debug.Assert(Monitor.IsEntered(_gate), "the set belongs to the gate");
        if (!_streams.Remove(stream.Id)) return false;
        stream.MarkClosed();
        stream.WindowOpened?.TrySetResult();
        stream.WindowOpened = null;
        return true;
    }

    /// <summary>Makes room by resetting the stream whose end the peer owes for longest. Gate.</summary>
    /// <returns>False if there is none.</returns>
    private bool TryDropFinishing()
    {
        while (_finishing.TryDequeue(out var stream))
        {
            if (TryReset(stream, Http2ErrorCode.Cancel)) return true;
        }

        return false;
    }

    // Gate.
    private bool TryReset(Http2Stream stream, Http2ErrorCode code)
    {
        if (!Forget(stream)) return false;
        _writer!.Append(FrameType.RstStream, stream.Id, (uint)code);
        return true;
    }

    /// <summary>Sends what was appended, here if that cannot block.</summary>
    private void FlushNowOrSoon()
    {
        if (!_writer!.TryFlush()) FlushSoon();
    }

    /// <summary>Sends what was appended on a pool thread, so that the caller cannot block.</summary>
    private void FlushSoon() =>
        ThreadPool.UnsafeQueueUserWorkItem(static c => c._writer!.Flush(), this, preferLocal: false);

    /// <summary>How far an append came.</summary>
    /// <param name="Sent">Bytes appended.</param>
    /// <param name="IsOpen">False if the stream has ended.</param>
    /// <param name="Window">Completes when a window has opened; null if no window was in the way.</param>
    private readonly record struct SendStep(int Sent, bool IsOpen, Task? Window);
}
