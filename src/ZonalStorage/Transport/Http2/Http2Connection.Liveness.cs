namespace ZonalStorage.Transport.Http2;

/// <summary>
/// Whether the peer is still there: while something is awaited and nothing at all comes, it is asked by a PING, and without a
/// sign of life the connection is broken off, so that everybody moves to another.
/// </summary>
/// <remarks>
/// Where nothing is awaited nothing is asked: servers count pings and end connections for too many. While only answers to PINGs
/// come the pauses double. One timer, and all of this but the two marks of the receive thread belongs to the gate.
/// </remarks>
internal sealed partial class Http2Connection
{
    // What the socket took while a PING was under way and counts as a sign of life: a backlog on a slow line delays the PING
    // itself, and a dead peer's socket takes no more once its buffer is full.
    private const long SentSignOfLife = 64 << 10;

    private ITimer? _watch;
    private int _isWatching;
    private bool _isProbing;
    private bool _wasProbed;
    private long _watchedSince;
    private long _probedAt;
    private long _sentAtProbe;
    private TimeSpan _quietLimit = Http2Limits.ProbeAfter;

    // When anything was received last, and whether anything but PINGs was since the last probe. Written by the receive thread.
    private long _heardAt;
    private volatile bool _hasNews;

    /// <summary>
    /// Somebody waited in vain on this connection: asks the peer for a sign of life. Until it comes no stream is opened here,
    /// and without one the connection is broken off. Nobody is asked twice within <see cref="Http2Limits.ProbeAfter"/>. Any
    /// thread.
    /// </summary>
    public void Probe()
    {
        lock (_gate)
        {
            if (_isProbing || _failure is not null || _writer is null) return;
            if (_wasProbed && _time.GetElapsedTime(_probedAt) < Http2Limits.ProbeAfter) return;
            BeginProbe();
        }

        FlushNowOrSoon();
    }

    /// <summary>Something is awaited of the peer from here on. Any thread.</summary>
    public void Watch()
    {
        if (Volatile.Read(ref _isWatching) != 0) return;
        lock (_gate) BeginWatch();
    }

    // Gate.
    private void BeginWatch()
    {
        if (_isWatching != 0) return;
        _watchedSince = _time.GetTimestamp();
        Arm(Http2Limits.ProbeAfter);
    }

    // Gate.
    private void BeginProbe()
    {
        _isProbing = true;
        _wasProbed = true;
        _probedAt = _time.GetTimestamp();
        _sentAtProbe = _writer!.Sent;
        _hasNews = false;
        _writer.Append(FrameType.Ping, FrameFlags.None, 0, "liveness"u8);
        Arm(Http2Limits.ProbeTimeout);
    }

    // Gate.
    private void Arm(TimeSpan after)
    {
        if (_failure is not null) return;
        _isWatching = 1;
        _watch ??= Background.CreateTimer(_time, static c => c.Tick(), this, static (c, e) => c.Fail(e));
        _watch.Change(after, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The peer has answered a PING. Receive thread.</summary>
    private void OnProbeAnswered()
    {
        lock (_gate)
        {
            // An answer to nothing: the budget of idle frames bounds those.
            if (!_isProbing) return;
            _isProbing = false;
            Arm(_quietLimit);
        }

        _streamSlotFreed();
    }

    private void Tick()
    {
        bool wasProbing;
        bool isDead;
        lock (_gate)
        {
            if (_failure is not null) return;
            // Before anything is looked at: who awaits something from here on arms the timer again.
            Interlocked.Exchange(ref _isWatching, 0);
            wasProbing = _isProbing;
            isDead = wasProbing && !HasSignOfLife();
            if (!isDead)
            {
                _isProbing = false;
                WatchOn();
            }
        }

        if (isDead)
        {
            Fail(new IOException("The server did not answer a PING."));
            return;
        }

        // After a sign of life other than the answer streams may be opened again.
        if (wasProbing) _streamSlotFreed();
        FlushNowOrSoon();
    }

    // Gate.
    private bool HasSignOfLife() =>
        Volatile.Read(ref _heardAt) > _probedAt || _writer!.Sent - _sentAtProbe >= SentSignOfLife;

    /// <summary>Asks if it was quiet for too long, or looks again when it will have been. Gate.</summary>
    private void WatchOn()
    {
        if (!IsAnythingAwaited()) return;
        if (_hasNews) _quietLimit = Http2Limits.ProbeAfter;
        var quiet = _time.GetElapsedTime(Math.Max(Volatile.Read(ref _heardAt), _watchedSince));
        if (quiet < _quietLimit)
        {
            Arm(_quietLimit - quiet);
            return;
        }

        BeginProbe();
        _quietLimit = _quietLimit * 2 < Http2Limits.ProbeAtLeastEvery ? _quietLimit * 2 : Http2Limits.ProbeAtLeastEvery;
    }

    // Gate.
    private bool IsAnythingAwaited()
    {
        foreach (var stream in _streams.Values)
        {
            if (stream.WindowOpened is not null || stream.IsAwaited) return true;
        }

        return false;
    }
}
