using Google.Cloud.Storage.V2;
using ZonalStorage.Diagnostics;
using ZonalStorage.Protocol;
using ZonalStorage.Transport;
using ZonalStorage.Transport.Grpc;

namespace ZonalStorage.Reading;

/// <summary>Reads any number of ranges of one object over one stream, which it replaces when it breaks.</summary>
/// <remarks>
/// <para>
/// <see cref="Add"/> and <see cref="Abandon"/> by any thread; they do not wait. Ranges that are added while a message is on
/// its way share the next one, up to <see cref="RangeLedger.RangesPerMessage"/>. The first ranges ride in the message that opens
/// the stream. A stream on which nothing is awaited for a while is given back; the next range opens another, with the read
/// handle of the one before.
/// </para>
/// <para>
/// What becomes of ranges is decided by a <see cref="RangeLedger"/>, of the stream by a <see cref="StreamSupervisor"/>, both
/// under one lock. This class moves: it sends, copies, and tells owners, all of it outside the lock.
/// </para>
/// </remarks>
internal sealed class MultiRangeDownloader : IInFlightWaiter, IDisposable
{
    private readonly OrderedLock _gate = new(LockRank.Downloader);
    private readonly ReadContext _context;
    private readonly RangeLedger _ledger;
    private readonly StreamSupervisor _supervisor;
    private readonly Hedger? _hedger;
    private readonly TaskCompletionSource<OpenedObject> _opened =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private volatile ReadStream? _stream;
    private ITimer? _pause;
    private TimeSpan _idleSince;
    private long _onTheLine;
    private bool _wantsOpen;
    private bool _isSending;
    private bool _closesWhenIdle;

    /// <summary>A downloader of <paramref name="uri"/>; no stream is opened before it is needed.</summary>
    /// <param name="context">The session's part in it.</param>
    /// <param name="uri">The object; its generation is pinned by the first answer if it has none.</param>
    public MultiRangeDownloader(ReadContext context, ZonalUri uri)
        : this(context, new StreamSupervisor(uri, known: null, context.Options, context.Now), isSecond: false)
    {
    }

    private MultiRangeDownloader(ReadContext context, StreamSupervisor supervisor, bool isSecond)
    {
        _context = context;
        _ledger = new RangeLedger(context.Options.AllowMissingChecksums);
        _supervisor = supervisor;
        if (supervisor.Object is { } known) _opened.SetResult(known);
        if (!isSecond && context.Options.HedgeAfter is not null) _hedger = new Hedger(this, context);
        context.Register(this);
    }

    /// <summary>Bytes asked for and not received: what new ranges would wait for.</summary>
    public long Outstanding => _ledger.Outstanding;

    /// <summary>True while a stream is open or being opened.</summary>
    public bool IsStreaming => _stream is not null;

    /// <summary>True once nothing can be read by it any more.</summary>
    public bool IsFaulted => _supervisor.Failure is not null;

    /// <summary>Another downloader of the same object: same generation, handle and routing token, a stream of its own.</summary>
    /// <param name="isSecond">True for one that brings what another is slow to bring.</param>
    public MultiRangeDownloader MakeSibling(bool isSecond = false)
    {
        using (_gate.Enter()) return new MultiRangeDownloader(_context, _supervisor.MakeSibling(_context.Now), isSecond);
    }

    /// <summary>Opens a stream, unless the object is known already, and tells what is there.</summary>
    /// <exception cref="ZonalException">It cannot be opened.</exception>
    public Task<OpenedObject> OpenAsync(CancellationToken cancellationToken)
    {
        using (_gate.Enter())
        {
            if (!HasWork) _supervisor.OnWorkBegins(_context.Now);
            _wantsOpen = true;
        }

        EnsureSenderRunning();
        return _opened.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Asks for ranges that are its own, in as few messages as can be; their owners are told how they ended.</summary>
    public void Add(IReadOnlyList<RangeRead> ranges)
    {
        Exception? failure;
        using (_gate.Enter())
        {
            failure = _supervisor.Failure;
            if (failure is null)
            {
                if (!HasWork) _supervisor.OnWorkBegins(_context.Now);
                // By index: an enumerator of an interface is an object.
                for (var i = 0; i < ranges.Count; i++) _ledger.Add(ranges[i]);
            }
        }

        if (failure is null) EnsureSenderRunning();
        else foreach (var range in ranges) Abandon(range, failure);
    }

    /// <summary>
    /// Gives a range up and tells its owner so. Its bytes are dropped as they come; a stream that has too many of such is replaced.
    /// </summary>
    public void Abandon(RangeRead range, Exception reason)
    {
        LedgerStep step;
        ReadStream? dropped = null;
        using (_gate.Enter())
        {
            step = _ledger.Abandon(range, reason);
            if (ShouldDropStream) dropped = TakeStream();
            AfterLedger();
        }

        dropped?.Drop();
        Tell(step);
        AfterStep();
    }

    /// <summary>Ends a range by bytes that another request has brought.</summary>
    /// <inheritdoc cref="RangeLedger.Replace"/>
    public void Replace(RangeRead range, int start, byte[] bytes)
    {
        LedgerStep step;
        using (_gate.Enter())
        {
            step = _ledger.Replace(range, start, bytes);
            AfterLedger();
        }

        Tell(step);
        AfterStep();
    }

    /// <summary>Closes itself as soon as it has nothing to do.</summary>
    public void CloseWhenIdle()
    {
        using (_gate.Enter()) _closesWhenIdle = true;
        AfterStep();
    }

    /// <summary>Ends everything at once: the stream is closed, ranges fail.</summary>
    public void Dispose() => Fail(ReadErrors.Closed());

    /// <summary>Looks after the stream: gives one up that has stalled, and one back on which nothing was asked for long. Timer.</summary>
    public void Watch(TimeSpan now)
    {
        ReadStream? stalled = null;
        ReadStream? idle = null;
        TimeSpan? silence = null;
        using (_gate.Enter())
        {
            if (_stream is not { } stream) return;
            if (_ledger.IsIdle && !MustOpen)
            {
                if (now - _idleSince >= _context.Options.IdleStreamTimeout) idle = GiveStreamBack();
            }
            else if (_ledger.IsAwaiting || MustOpen)
            {
                silence = _supervisor.Stalled(stream.VitalsOf(_context.Line), now);
                if (silence is not null) stalled = stream;
            }
        }

        idle?.Finish();
        if (stalled is not null)
        {
            stalled.DropStalled();
            OnStreamEnded(stalled, new GrpcStatus(
                ZonalStatusCode.DeadlineExceeded,
                FormattableString.Invariant($"No byte arrived for {silence!.Value.TotalSeconds:0.###} s.")));
        }

        _hedger?.Watch(now);
    }

    /// <summary>Gives the stream back at once, if nothing is awaited on it: somebody needs its place.</summary>
    /// <returns>False if there is none, or it is in use.</returns>
    public bool TryGiveStreamBack()
    {
        ReadStream? idle;
        using (_gate.Enter()) idle = _ledger.IsIdle && !MustOpen ? GiveStreamBack() : null;
        idle?.Finish();
        return idle is not null;
    }

    /// <summary>Has a hedger choose among the ranges in flight.</summary>
    /// <typeparam name="T">What it chooses.</typeparam>
    public T? ChooseInFlight<T>(Func<RangeLedger, T?> choose)
        where T : class
    {
        using (_gate.Enter())
        {
            // Two requests for a name alone could be answered from two generations.
            return _supervisor is { Object: not null, Failure: null } ? choose(_ledger) : null;
        }
    }

    /// <inheritdoc/>
    public void OnRoom() => EnsureSenderRunning();

    /// <summary>The first message of a stream has come.</summary>
    internal void OnAnswered(ReadStream stream)
    {
        using (_gate.Enter())
        {
            if (stream == _stream) _supervisor.OnAnswered(_context.Now);
        }
    }

    /// <summary>The object's metadata has come; not where a handle was honoured.</summary>
    internal void OnMetadata(ReadStream stream, Google.Cloud.Storage.V2.Object metadata)
    {
        OpenedObject? opened;
        ZonalException? error;
        using (_gate.Enter())
        {
            if (stream != _stream) return;
            error = _supervisor.OnMetadata(metadata, _context.Now);
            opened = _supervisor.Object;
            _idleSince = _context.Now;
        }

        // Before a chunk of the same message is looked at: nothing of another object comes out.
        if (error is not null) Fail(error);
        else if (opened is not null) _opened.TrySetResult(opened);
    }

    /// <summary>A handle for the next open has come.</summary>
    internal void OnReadHandle(ReadStream stream, byte[] handle)
    {
        using (_gate.Enter())
        {
            if (stream == _stream) _supervisor.OnReadHandle(handle);
        }
    }

    /// <summary>A chunk has come. Receive thread.</summary>
    /// <exception cref="WireFormatException">It came before the object's metadata: whose it is nobody knows.</exception>
    internal void OnChunk(ReadStream stream, in ReadChunk chunk, in GrpcMessage message)
    {
        ChunkPlace place;
        LedgerStep step;
        (RangeRead Range, OutOfMemoryException Error)? withoutMemory = null;
        using (_gate.Enter())
        {
            if (stream != _stream) return;
            if (_supervisor.Object is not { } known) throw new WireFormatException("content before the object's metadata.");
            try
            {
                place = _ledger.Place(chunk, known.Size, known.Info.IsFinalized, out step);
            }
            catch (OutOfMemoryException e)
            {
                // Of this range alone: the connection and what else is read on it are well.
                withoutMemory = (_ledger[chunk.ReadId], e);
                (place, step) = (default, default);
            }

            AfterLedger();
        }

        _context.Line.OnDelivered(chunk.Content.Length);
        if (withoutMemory is { } failed) Abandon(failed.Range, failed.Error);
        if (place.Range is null)
        {
            Tell(step);
            AfterStep(step);
            return;
        }

        if (RangeCopyJob.TryHandOver(this, place, chunk, message, _context.CopyWorkers)) return;
        var crc = place.Range.View.Copy(place.Position, place.Count, chunk.Content);
        EndPass(place, chunk.Crc32C is null || crc == chunk.Crc32C, isUnchecked: chunk.Crc32C is null);
    }

    /// <summary>A copy worker has made a pass.</summary>
    internal void OnHandedOver(in ChunkPlace place, bool isGood)
    {
        _context.Counters.AddHandedOver();
        EndPass(place, isGood, isUnchecked: false);
    }

    /// <summary>A copy worker could not make a pass.</summary>
    internal void OnHandOverFailed(in ChunkPlace place, Exception error)
    {
        Abandon(place.Range!, error);
        EndPass(place, isGood: false, isUnchecked: false);
    }

    /// <summary>The stream has ended, or something kept it from beginning. Any thread.</summary>
    internal void OnStreamEnded(ReadStream stream, GrpcStatus status)
    {
        List<LedgerStep> failed = [];
        StreamEnding ending;
        using (_gate.Enter())
        {
            if (stream != _stream) return;
            // Asked before ranges that failed for good are taken out.
            var outstanding = ReadFailurePolicy.FailedRanges(status, _ledger.IsInFlight);
            ending = _supervisor.OnEnded(
                status, HasWork, _ledger.IsInFlight, _context.Channel.HasConnected, _context.Now);
            if (ending.Verdict == ReadVerdict.FailRanges) FailRanges(outstanding, failed);
            TakeStream();
            AfterLedger();
            if (ending.Pause is { } pause) PauseFor(pause);
        }

        _context.Counters.AddBrokenStream();
        if (ending.Verdict == ReadVerdict.Redirect) _context.Counters.AddRedirect();
        if (ending.Pause is not null) _context.Counters.AddRetry();
        if (ending.Fatal is not null) Fail(ending.Fatal);
        foreach (var step in failed) Tell(step);
        AfterStep();
    }

    // Gate, as all that follows to the end of this part.
    private bool HasWork => !_ledger.IsIdle || MustOpen;

    private bool MustOpen => _wantsOpen && _supervisor.Object is null && _supervisor.Failure is null;

    private bool CanSend => (_ledger.CanAsk || (MustOpen && _stream is null)) && (_stream is not null || _supervisor.CanOpen);

    // Bytes of cancelled ranges that may still come: about what the next range would wait for, or nobody is waiting for any.
    private bool ShouldDropStream =>
        _ledger.CancelledInFlight > InFlightLimit.Least || (_ledger is { IsIdle: true, CancelledInFlight: > 0 });

    /// <summary>Notes what a step of the ledger has changed.</summary>
    private void AfterLedger()
    {
        _gate.AssertHeld();
        if (_ledger.IsIdle)
        {
            _idleSince = _context.Now;
            // Be it that less or more came than was expected.
            if (_ledger.CancelledInFlight == 0) _stream?.ExpectNothing();
        }

        var onTheLine = _ledger.InFlightBytes + _ledger.CancelledInFlight;
        _context.Line.Release(_onTheLine - onTheLine);
        _onTheLine = onTheLine;
    }

    /// <summary>Takes the stream off; what was outstanding on it is asked for again.</summary>
    private ReadStream? TakeStream()
    {
        _gate.AssertHeld();
        var stream = _stream;
        _stream = null;
        if (stream is null) return null;
        _context.OnStreamClosed(this);
        if (_supervisor.HasStream) _supervisor.OnClosed();
        _ledger.OnStreamLost();
        return stream;
    }

    private ReadStream? GiveStreamBack()
    {
        // While a message is being sent there will be something to wait for.
        if (_isSending) return null;
        var stream = TakeStream();
        AfterLedger();
        return stream;
    }

    private void FailRanges(IReadOnlyDictionary<long, GrpcStatus> reasons, List<LedgerStep> failed)
    {
        foreach (var (id, reason) in reasons)
        {
            var range = _ledger[id];
            if (TransientFailure.IsOfRead(reason.Code) && range.Failures++ < 2) continue;
            failed.Add(_ledger.Abandon(range, ReadErrors.FromStatus(reason, _supervisor.Uri)));
        }
    }

    private void PauseFor(TimeSpan pause)
    {
        _pause?.Dispose();
        // The timer must not keep the execution context of whoever happened to be here.
        using (ExecutionContext.SuppressFlow())
        {
            _pause = _context.Options.Time.CreateTimer(
                static d => ((MultiRangeDownloader)d!).OnPauseEnded(), this, pause, Timeout.InfiniteTimeSpan);
        }
    }

    private void OnPauseEnded()
    {
        using (_gate.Enter()) _supervisor.OnPauseEnded();
        EnsureSenderRunning();
    }

    /// <summary>Ends a pass over a chunk.</summary>
    private void EndPass(in ChunkPlace place, bool isGood, bool isUnchecked)
    {
        LedgerStep step;
        using (_gate.Enter())
        {
            if (isGood)
            {
                var now = _context.Now;
                _supervisor.OnProgress(now);
                place.Range!.QuietSince = now;
            }

            step = _ledger.EndPass(place.Range!, place.Position, isGood, _supervisor.Object!.Size);
            AfterLedger();
        }

        if (isGood)
        {
            place.Range!.AddProgress(place.Count);
            _context.Counters.AddChunk(place.Count);
            if (isUnchecked) _context.Counters.AddUnchecked();
        }

        Tell(step);
        AfterStep(step);
    }

    /// <summary>Tells the owner of a range that has ended.</summary>
    private void Tell(in LedgerStep step)
    {
        OrderedLock.AssertNoneHeld();
        if (step.IsAskedAgain) _context.Counters.AddRangeAskedAgain();
        if (step.Ended is not { } range) return;
        var error = range.EndReason ?? (step.Fault == RangeFault.None ? null : ReadErrors.Damaged(_supervisor.Uri, range, step.Fault));
        range.Finish(error);
    }

    /// <summary>As a rule a chunk has made nothing but room on the line.</summary>
    private void AfterStep(in LedgerStep step)
    {
        if (step == default) _context.Line.WakeWaiters();
        else AfterStep();
    }

    private void AfterStep()
    {
        _context.Line.WakeWaiters();
        EnsureSenderRunning();
    }

    /// <summary>Starts the sender if there is something to send and it does not run; closes where nothing will be any more.</summary>
    private void EnsureSenderRunning()
    {
        bool isDone;
        using (_gate.Enter())
        {
            isDone = _closesWhenIdle && !HasWork && _supervisor.Failure is null;
            if (!isDone && (_isSending || !CanSend)) return;
            _isSending |= !isDone;
        }

        if (isDone) Dispose();
        else _ = RunSenderAsync();
    }

    /// <summary>Sends until nothing is left to send; one at a time, by <c>_isSending</c>.</summary>
    private async Task RunSenderAsync()
    {
        while (TryTakeMessage(out var message))
        {
            try
            {
                if (message.Opening is { } opening)
                    await message.Stream.StartAsync(_context.Channel, opening.Routing, opening.RefreshToken).ConfigureAwait(false);
                if (await message.Stream.SendAsync(message.Request, message.IsCertain).ConfigureAwait(false)) continue;
            }
            catch (Exception e)
            {
                // Whatever it is, the ranges of this stream must learn of it.
                OnStreamEnded(message.Stream, GrpcStatusMapping.FromConnectionLoss(e, isUnprocessed: true));
            }

            // The call has ended. Its end may have been told before: then nobody else goes on; else its callback does.
            if (StopSendingOn(message.Stream)) return;
        }
    }

    private bool StopSendingOn(ReadStream stream)
    {
        using var _ = _gate.Enter();
        if (_stream != stream) return false;
        _isSending = false;
        return true;
    }

    /// <summary>What to send next; without anything the sender stops.</summary>
    private bool TryTakeMessage(out Message message)
    {
        message = default;
        using (_gate.Enter())
        {
            if (CanSend)
            {
                var request = new BidiReadObjectRequest();
                while (request.ReadRanges.Count < RangeLedger.RangesPerMessage && _ledger.PeekNext() is { } bytes
                    && _context.Line.TryAsk(bytes, this))
                {
                    _onTheLine += bytes;
                    var range = _ledger.TakeNext(_context.Now);
                    request.ReadRanges.Add(new ReadRange
                    {
                        ReadId = range.ReadId, ReadOffset = range.NextOffset, ReadLength = range.Remaining,
                    });
                }

                // There may be none, where all ended while they waited, or the line is full.
                if (request.ReadRanges.Count > 0 || (MustOpen && _stream is null))
                {
                    var isCertain = _supervisor.Object is not null;
                    StreamOpening? opening = null;
                    if (_stream is null)
                    {
                        opening = _supervisor.Open(_context.Now);
                        request.ReadObjectSpec = opening.Value.Spec;
                        _stream = new ReadStream(this);
                        _context.OnStreamOpening(this);
                    }

                    message = new Message(_stream, request, opening, isCertain);
                    return true;
                }
            }

            _isSending = false;
            return false;
        }
    }

    internal void Fail(Exception error)
    {
        List<RangeRead> living;
        ReadStream? stream;
        bool isDone;
        using (_gate.Enter())
        {
            isDone = _ledger is { IsIdle: true, CancelledInFlight: 0 } && !_isSending;
            if (!_supervisor.TryFail(error)) return;
            stream = TakeStream();
            living = _ledger.Living();
            AfterLedger();
            _pause?.Dispose();
        }

        if (isDone) stream?.Finish();
        else stream?.Drop();
        _context.Unregister(this);
        if (_opened.TrySetException(error)) _ = _opened.Task.Exception;
        // Those that are pending verification are told by the end of that.
        foreach (var range in living) Abandon(range, error);
        _hedger?.Dispose();
    }

    /// <summary>A message to be sent.</summary>
    /// <param name="Stream">On which.</param>
    /// <param name="Request">What.</param>
    /// <param name="Opening">How the stream is opened by it; null where it is open.</param>
    /// <param name="IsCertain">True if the object has all of the ranges, so that their bytes are due.</param>
    private readonly record struct Message(ReadStream Stream, BidiReadObjectRequest Request, StreamOpening? Opening, bool IsCertain);
}
