using ZonalStorage.Diagnostics;

namespace ZonalStorage.Transport;

/// <summary>Somebody who wants to ask for more bytes than the line carries soon.</summary>
internal interface IInFlightWaiter
{
    /// <summary>There is room again; any thread, outside every lock.</summary>
    void OnRoom();
}

/// <summary>How many bytes may be in flight on the connections to one endpoint: what they carry within some seconds.</summary>
/// <remarks>
/// <para>
/// Whatever is asked beyond it would only wait in the server, and its clocks would run meanwhile: 60 MB asked at once over a line
/// of 1 MB/s made streams look stalled that were merely waiting for their turn. Where the rate is not known yet little is asked,
/// until the first bytes have come. A fast line never notices: what it carries in seconds is more than anybody asks. And a line
/// that carries nothing at all says nothing about its rate: whoever waits behind what has stalled is let go.
/// </para>
/// <para>Thread-safe. The rate is the best of the last <see cref="_memory"/>, over windows in which something was in flight.</para>
/// </remarks>
internal sealed class InFlightLimit(TimeProvider time)
{
    /// <summary>Bytes that may be in flight whatever the rate.</summary>
    public const long Least = 4 << 20;

    // Short beside the limits of time of a read (StallTimeout 15 s), long beside any round trip.
    private const double Seconds = 8;

    private static readonly TimeSpan _window = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan _memory = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan _silence = TimeSpan.FromSeconds(2);

    private readonly OrderedLock _gate = new(LockRank.InFlightLimit);
    private readonly Queue<(IInFlightWaiter Waiter, long Bytes)> _waiters = new();
    private readonly HashSet<IInFlightWaiter> _waiting = [];
    private long _inFlight;
    private long _limit = Least;
    private long _windowBytes;
    private long _windowStart = time.GetTimestamp();
    private double _rate;
    private double _rateBefore;
    private long _rateSince = time.GetTimestamp();
    private long _lineBytes;
    private long _heardAt = time.GetTimestamp();
    private volatile bool _hasWaiters;
    private volatile bool _isSilent;

    /// <summary>Bytes in flight.</summary>
    public long InFlight => Interlocked.Read(ref _inFlight);

    /// <summary>Bytes that may be in flight.</summary>
    public long Limit => Interlocked.Read(ref _limit);

    /// <summary>Counts a wish to ask, if there is room for it; the first one always has.</summary>
    /// <param name="bytes">Bytes.</param>
    /// <param name="waiter">Told when there is room, if there is none.</param>
    public bool TryAsk(long bytes, IInFlightWaiter waiter)
    {
        if (InFlight == 0)
        {
            Interlocked.Exchange(ref _windowStart, time.GetTimestamp());
            Interlocked.Exchange(ref _windowBytes, 0);
        }

        if (!HasRoom(bytes))
        {
            using (_gate.Enter())
            {
                // Once, however often it asks: it is told once.
                if (_waiting.Add(waiter)) _waiters.Enqueue((waiter, bytes));
                _hasWaiters = true;
            }

            // What came in between found nobody to tell.
            if (!HasRoom(bytes)) return false;
        }

        Interlocked.Add(ref _inFlight, bytes);
        return true;
    }

    /// <summary>Bytes have come.</summary>
    public void OnDelivered(long bytes)
    {
        var sum = Interlocked.Add(ref _windowBytes, bytes);
        var now = time.GetTimestamp();
        var elapsed = time.GetElapsedTime(Interlocked.Read(ref _windowStart), now);
        if (elapsed >= _window) EndWindow(now);
        // Until a window has ended what has come of it is all that is known.
        else if (_rate == 0 && elapsed > TimeSpan.Zero) Raise(sum / elapsed.TotalSeconds);
    }

    /// <summary>Bytes are no longer in flight: they have come, or nobody waits for them any more.</summary>
    public void Release(long bytes)
    {
        if (bytes != 0) Interlocked.Add(ref _inFlight, -bytes);
    }

    /// <summary>Tells those who wait, if there is room. Outside every lock.</summary>
    public void WakeWaiters()
    {
        while (_hasWaiters)
        {
            IInFlightWaiter waiter;
            using (_gate.Enter())
            {
                if (!_waiters.TryPeek(out var first) || !HasRoom(first.Bytes)) return;
                waiter = _waiters.Dequeue().Waiter;
                _waiting.Remove(waiter);
                _hasWaiters = _waiters.Count > 0;
            }

            waiter.OnRoom();
        }
    }

    /// <summary>Looks, now and then, whether the line carries anything. Outside every lock.</summary>
    /// <param name="lineBytes">Bytes that its connections have delivered so far, parts of messages included.</param>
    public void Watch(long lineBytes)
    {
        var now = time.GetTimestamp();
        if (Interlocked.Exchange(ref _lineBytes, lineBytes) != lineBytes) (_heardAt, _isSilent) = (now, false);
        else _isSilent = time.GetElapsedTime(_heardAt, now) >= _silence;
        WakeWaiters();
    }

    private bool HasRoom(long bytes) => _isSilent || InFlight is var now && (now == 0 || now + bytes <= Limit);

    private void EndWindow(long now)
    {
        using (_gate.Enter())
        {
            var elapsed = time.GetElapsedTime(_windowStart, now);
            if (elapsed < _window) return;
            var rate = Interlocked.Exchange(ref _windowBytes, 0) / elapsed.TotalSeconds;
            Interlocked.Exchange(ref _windowStart, now);
            if (time.GetElapsedTime(_rateSince, now) >= _memory) (_rateBefore, _rate, _rateSince) = (_rate, 0, now);
            _rate = Math.Max(_rate, rate);
            Interlocked.Exchange(ref _limit, Math.Max(Least, (long)(Seconds * Math.Max(_rate, _rateBefore))));
        }
    }

    private void Raise(double rate)
    {
        var limit = (long)(Seconds * rate);
        if (limit > Limit) Interlocked.Exchange(ref _limit, limit);
    }
}
