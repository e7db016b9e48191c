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
    private readonly TimeProvider _time;

    // The open stream that content came for last. Written under the gate.
    private volatile Http2Stream? _lastHeard;
    private IByteTransport? _transport;
    private FrameWriter? _writer;
    private Exception? _failure;
    private int _nextStreamId = 1;
    private int _lastProcessedStreamId = int.MaxValue;
    private bool _isAccepting = true;
    private bool _mustUpdateTable;
    private uint _peerTableSize = 4096;
    private long _sendWindow = 65_535;
    private long _peerInitialWindow = 65_535;
    private int _peerMaxFrame = 16_384;
    private uint _peerMaxStreams = 100;

    /// <summary>Makes a connection; <see cref="ConnectAsync"/> makes it real.</summary>
    /// <param name="connector">How to get there.</param>
    /// <param name="streamSlotFreed">
    /// Called whenever a stream has ended, or was finished with so that it can be dropped, or the connection has ended; any thread,
    /// not blocking.
    /// </param>
    /// <param name="time">The clock; null for the system's.</param>
    public Http2Connection(ITransportConnector connector, Action streamSlotFreed, TimeProvider? time = null)
    {
        _time = time ?? TimeProvider.System;
        _idleFrames = new IdleFrameBudget(_time);
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

    /// <summary>True while the server's limit of concurrent streams lets any stream be opened at all.</summary>
    public bool AllowsStreams
    {
        get
        {
            lock (_gate) return _peerMaxStreams > 0;
        }
    }

    /// <summary>Bytes of content received so far, of all streams; parts of frames included. Any thread.</summary>
    public long DeliveredBytes => Volatile.Read(ref _delivered);

    /// <summary>Ends when the connection has ended and every stream was told.</summary>
    public Task Finished => _finished.Task;

    /// <summary>Connects and waits for the server's settings.</summary>
    /// <exception cref="ZonalException">There is no such endpoint, or it does not speak HTTP/2.</exception>
    public async Task ConnectAsync(TimeSpan timeout, Uri endpoint, CancellationToken cancellationToken)
    {
        Background.StartThread($"zonal receive {endpoint.Authority}", static c => c.Run(), this, static (c, e) => c.Fail(e));
        try
        {
            await _ready.Task.WaitAsync(timeout, cancellationToken).ConfigureAwait(false);
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
            if (!_isAccepting || _isProbing || _failure is not null || _peerMaxStreams == 0) return false;
            while (_streams.Count >= _peerMaxStreams)
            {
                if (!TryDropFinishing()) return false;
            }

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
            _idleFrames.EarnStream();
            _quietLimit = Http2Limits.ProbeAfter;
            BeginWatch();
            return true;
        }
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

        _streamSlotFreed();
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
        Fail(ConnectErrors.Closed());
        await _finished.Task.WaitAsync(TimeSpan.FromSeconds(1)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Takes the stream out of the set. Gate.</summary>
    private bool Forget(Http2Stream stream)
    {
        Debug.Assert(Monitor.IsEntered(_gate), "the set belongs to the gate");
        if (!_streams.Remove(stream.Id)) return false;
        stream.MarkClosed();
        if (_lastHeard == stream) _lastHeard = null;
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
        // No callback comes any more, so this is the last word to what it holds.
        stream.OnGivenUp();
        _writer!.Append(FrameType.RstStream, stream.Id, (uint)code);
        return true;
    }
}
