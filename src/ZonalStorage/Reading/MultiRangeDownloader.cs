using Google.Cloud.Storage.V2;
using Google.Protobuf;
using ZonalStorage.Protocol;
using ZonalStorage.Transport.Grpc;

namespace ZonalStorage.Reading;

/// <summary>Reads any number of ranges of one object over one stream, which it replaces when it breaks.</summary>
/// <remarks>
/// <para>
/// <see cref="Add"/> and <see cref="Abandon"/> by any thread; they do not wait. Ranges that are added while a message is on
/// its way share the next one, up to <see cref="RangesPerMessage"/>. The first ranges ride in the message that opens the
/// stream. Each time a range is asked for it gets a new id, so that late chunks of an earlier request cannot be mistaken.
/// </para>
/// <para>
/// When the stream ends with ranges outstanding, <see cref="ReadFailurePolicy"/> says what happens; ranges go on from their
/// next byte. Attempts are counted from the last new byte. The generation is pinned from the first answer on.
/// </para>
/// <para>
/// <c>_gate</c> guards all state. No range is told anything and nothing is sent under it.
/// </para>
/// </remarks>
internal sealed partial class MultiRangeDownloader : IDisposable
{
    /// <summary>Ranges in one message at most (storage.proto, BidiReadObjectRequest.read_ranges).</summary>
    public const int RangesPerMessage = 100;

    // The service's clients advise about this for "many"; more would only make a broken stream dearer.
    private const int MaximumInFlight = 1000;

    // Bytes of abandoned ranges that may still come on a stream before it is dropped: about what its next range would wait.
    private const long MaximumOwed = 4 << 20;

    // The same range failing its check so often is no accident of the network.
    private const int MaximumRangeFailures = 3;

    private const int MaximumRedirects = 4;

    private readonly object _gate = new();
    private readonly ReadContext _context;
    private readonly Dictionary<long, RangeRead> _inFlight = [];
    private readonly Queue<RangeRead> _returned = new();
    private readonly Queue<RangeRead> _waiting = new();
    private readonly CancellationTokenSource _closed = new();
    private readonly TaskCompletionSource<OpenedObject> _opened =
        new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationToken _closedToken;
    private readonly Action<RangeRead, long, RangeStep> _onHandedOver;

    private ZonalUri _uri;
    private ReadStream? _stream;
    private OpenedObject? _object;
    private Exception? _failure;
    private ByteString? _handle;
    private string? _routingToken;
    private long _nextId = 1;
    private long _weight;
    private long _owed;
    private long _progressAt = Environment.TickCount64;
    private int _attempts;
    private int _redirects;
    private bool _mustRefreshToken;
    private bool _hasRefreshedToken;
    private bool _wantsOpen;
    private bool _isSending;
    private bool _isPausing;

    /// <summary>A downloader of <paramref name="uri"/>; no stream is opened before it is needed.</summary>
    /// <param name="context">The session's part in it.</param>
    /// <param name="uri">The object; its generation is pinned by the first answer if it has none.</param>
    /// <param name="known">What an earlier stream told of the same generation; null if none did.</param>
    public MultiRangeDownloader(ReadContext context, ZonalUri uri, OpenedObject? known)
    {
        _context = context;
        _uri = uri;
        _object = known;
        if (known is not null) _opened.SetResult(known);
        _closedToken = _closed.Token;
        _onHandedOver = OnHandedOver;
        context.Register(this);
    }

    /// <summary>Another downloader of the same object: same generation, handle and routing token, a stream of its own.</summary>
    public MultiRangeDownloader MakeSibling()
    {
        lock (_gate)
        {
            return new MultiRangeDownloader(_context, _uri, _object) { _handle = _handle, _routingToken = _routingToken };
        }
    }

    /// <summary>Bytes asked for and not received: what new ranges would wait for.</summary>
    public long Weight => Interlocked.Read(ref _weight);

    /// <summary>True while a stream is open or being opened.</summary>
    public bool IsStreaming => Volatile.Read(ref _stream) is not null;

    /// <summary>True once nothing can be read by it any more.</summary>
    public bool IsFaulted => Volatile.Read(ref _failure) is not null;

    /// <summary>True if no byte is awaited, also none of an abandoned range.</summary>
    public bool IsClean
    {
        get
        {
            lock (_gate) return _inFlight.Count == 0 && _waiting.Count == 0 && _returned.Count == 0 && _owed == 0;
        }
    }

    /// <summary>Opens a stream, unless the object is known already, and tells what is there.</summary>
    /// <exception cref="ZonalException">It cannot be opened.</exception>
    public Task<OpenedObject> OpenAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_inFlight.Count == 0 && _waiting.Count == 0) _progressAt = Environment.TickCount64;
            _wantsOpen = true;
        }

        Kick();
        return _opened.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Asks for ranges, as few messages as can be; their owners are told how they ended.</summary>
    public void Add(IReadOnlyList<RangeRead> ranges)
    {
        Exception? failure;
        lock (_gate)
        {
            failure = _failure;
            if (failure is null)
            {
                if (_inFlight.Count == 0 && _waiting.Count == 0) _progressAt = Environment.TickCount64;
                for (var i = 0; i < ranges.Count; i++)
                {
                    var range = ranges[i];
                    range.Weight = range.Remaining;
                    Interlocked.Add(ref _weight, range.Weight);
                    _waiting.Enqueue(range);
                }
            }
        }

        if (failure is null)
        {
            Kick();
            return;
        }

        foreach (var range in ranges) range.TryFinish(failure);
    }

    /// <summary>
    /// Gives a range up and tells its owner so. Its bytes are dropped as they come; a stream that owes too many is replaced.
    /// </summary>
    public void Abandon(RangeRead range, Exception reason)
    {
        Release(range);
        range.TryFinish(reason);
    }

    /// <summary>Forgets a range, as <see cref="Abandon"/> does, whose owner is told by somebody else.</summary>
    public void Release(RangeRead range)
    {
        ReadStream? dropped = null;
        lock (_gate)
        {
            // It may be waiting still: it is not sent any more, although its end is told a moment later.
            range.IsReleased = true;
            if (_inFlight.TryGetValue(range.ReadId, out var known) && known == range)
            {
                _inFlight.Remove(range.ReadId);
                _owed += range.Remaining;
                var isIdle = _inFlight.Count == 0 && _waiting.Count == 0 && _returned.Count == 0;
                if (_owed > MaximumOwed || (isIdle && _owed > 0)) dropped = DropStream();
            }

            Unweigh(range);
        }

        dropped?.Drop();
        Kick();
    }

    /// <summary>Ends everything at once: the stream is closed, ranges fail.</summary>
    public void Dispose()
    {
        Fail(ReadErrors.Closed());
        _closed.Dispose();
    }

    /// <summary>Gives a stream up on which bytes are awaited and none come. Timer thread.</summary>
    public void CheckStalled(long now)
    {
        ReadStream stream;
        long progressAt;
        lock (_gate)
        {
            if (_stream is null || (_inFlight.Count == 0 && !(_wantsOpen && _object is null))) return;
            stream = _stream;
            progressAt = _progressAt;
        }

        var limit = stream.HasAnswered ? _context.Options.StallTimeout : _context.Options.CallTimeout;
        var silence = now - Math.Max(stream.Since, progressAt);
        // A read that may not last that long must not wait for it.
        if (silence < limit.TotalMilliseconds && now - progressAt < _context.Options.ResumeTimeout.TotalMilliseconds) return;
        stream.DropStalled();
        OnStreamEnded(stream, new GrpcStatus(
            ZonalStatusCode.DeadlineExceeded, FormattableString.Invariant($"No byte arrived for {silence / 1000.0:0.###} s.")));
    }

    /// <summary>Starts the sender if there is something to send and nobody is at it.</summary>
    private void Kick()
    {
        lock (_gate)
        {
            if (_isSending || !HasWork) return;
            _isSending = true;
        }

        _ = SendAsync();
    }

    // Gate.
    private bool HasWork => !_isPausing && _failure is null
        && ((_waiting.Count + _returned.Count is > 0 and var waiting
                // A full message at a time, where that many wait: not one for each range that ends.
                && _inFlight.Count <= MaximumInFlight - Math.Min(waiting, RangesPerMessage))
            || MustOpen);

    // Gate.
    private bool MustOpen => _wantsOpen && _object is null && _stream is null;

    /// <summary>Sends until nothing is left to send; one at a time, by <c>_isSending</c>.</summary>
    private async Task SendAsync()
    {
        while (true)
        {
            ReadStream stream;
            BidiReadObjectRequest request;
            bool isNew;
            bool isKnown;
            var refresh = false;
            lock (_gate)
            {
                if (!HasWork)
                {
                    _isSending = false;
                    return;
                }

                isNew = _stream is null;
                isKnown = _object is not null;
                request = new BidiReadObjectRequest();
                TakeRanges(request);
                // Ranges that ended while they waited: nothing to ask for.
                if (request.ReadRanges.Count == 0 && !MustOpen) continue;
                stream = _stream ??= new ReadStream(this);
                if (isNew)
                {
                    request.ReadObjectSpec = MakeSpec();
                    stream.SentHandle = _handle is not null;
                    (refresh, _mustRefreshToken) = (_mustRefreshToken, false);
                }
            }

            GrpcStatus? broken = null;
            try
            {
                if (isNew)
                {
                    var routing = CallHeaders.Routing(_uri.BucketResource, request.ReadObjectSpec.RoutingToken is { Length: > 0 } t ? t : null);
                    await stream.StartAsync(_context.Channel, routing, refresh).ConfigureAwait(false);
                }

                if (await stream.SendAsync(request, isKnown).ConfigureAwait(false)) continue;
            }
            catch (Exception e)
            {
                // Whatever it is, the ranges of this stream must learn of it.
                broken = GrpcStatusMapping.FromConnectionLoss(e, isUnprocessed: true);
            }

            // The call has ended; whoever reports that (a callback, or the next line) goes on with what is outstanding.
            lock (_gate) _isSending = false;
            if (broken is not null) OnStreamEnded(stream, broken);
            Rekick(stream);
            return;
        }
    }

    /// <summary>A send found its call ended; if the end was reported before, nobody else would go on.</summary>
    private void Rekick(ReadStream stream)
    {
        lock (_gate)
        {
            if (_stream == stream) return;
        }

        Kick();
    }

    // Gate.
    private BidiReadObjectSpec MakeSpec()
    {
        var spec = new BidiReadObjectSpec { Bucket = _uri.BucketResource, Object = _uri.Name };
        if (_uri.Generation is { } generation) spec.Generation = generation;
        if (_handle is not null) spec.ReadHandle = new BidiReadHandle { Handle = _handle };
        if (_routingToken is not null) spec.RoutingToken = _routingToken;
        return spec;
    }

    // Gate.
    private void TakeRanges(BidiReadObjectRequest request)
    {
        while (request.ReadRanges.Count < RangesPerMessage && _inFlight.Count < MaximumInFlight)
        {
            if (!_returned.TryDequeue(out var range) && !_waiting.TryDequeue(out range)) return;
            if (range.IsReleased || range.IsFinished)
            {
                Unweigh(range);
                continue;
            }

            range.Restart();
            // Read once: a chunk of the stream before may just be on its way to its place.
            var filled = range.Filled;
            if (filled == range.Length && IsSettling(range, ref filled)) continue;
            range.ReadId = _nextId++;
            range.QuietSince = Environment.TickCount64;
            _asked++;
            _inFlight.Add(range.ReadId, range);
            request.ReadRanges.Add(new Google.Cloud.Storage.V2.ReadRange
            {
                ReadId = range.ReadId,
                ReadOffset = range.Offset + filled,
                ReadLength = range.Length - filled,
            });
        }
    }

    /// <summary>
    /// True if a range lacks nothing but the check of its last chunk, which is under way on another thread. It must not be
    /// asked for, since a length of 0 would mean "to the end"; whoever ends the check says what becomes of it. Gate.
    /// </summary>
    private static bool IsSettling(RangeRead range, ref int filled)
    {
        range.IsSettling = true;
        // The check may have failed just now, before it could see the flag.
        filled = range.Filled;
        if (filled == range.Length) return true;
        range.IsSettling = false;
        return false;
    }

    /// <summary>Forgets the stream; what was outstanding on it is asked again. Gate.</summary>
    private ReadStream? DropStream()
    {
        var stream = _stream;
        _stream = null;
        _owed = 0;
        foreach (var range in _inFlight.Values.OrderBy(static r => r.ReadId)) _returned.Enqueue(range);
        _inFlight.Clear();
        return stream;
    }

    // Gate.
    private void Unweigh(RangeRead range)
    {
        Interlocked.Add(ref _weight, -range.Weight);
        range.Weight = 0;
    }
}
