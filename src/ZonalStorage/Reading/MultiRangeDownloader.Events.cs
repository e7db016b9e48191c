using Google.Cloud.Storage.V2;
using Google.Protobuf;
using ZonalStorage.Protocol;
using ZonalStorage.Transport;
using ZonalStorage.Transport.Grpc;

namespace ZonalStorage.Reading;

/// <summary>What comes back: answers, chunks and ends of streams.</summary>
internal sealed partial class MultiRangeDownloader
{
    /// <summary>The object's metadata has come; not where a handle was honoured.</summary>
    public void OnMetadata(ReadStream stream, ZonalObjectInfo info)
    {
        OpenedObject? opened = null;
        lock (_gate)
        {
            if (stream != _stream || _object is not null) return;
            // By the name that was asked for, whatever the server calls it.
            opened = _object = new OpenedObject(info with { Bucket = _uri.Bucket, Name = _uri.Name });
            _uri = _uri.WithGeneration(info.Generation);
            MadeProgress(range: null);
        }

        _opened.TrySetResult(opened);
    }

    /// <summary>A handle for the next open has come.</summary>
    public void OnReadHandle(ReadStream stream, byte[] handle)
    {
        lock (_gate)
        {
            if (stream == _stream) _handle = ByteString.CopyFrom(handle);
        }
    }

    /// <summary>A chunk has come. Receive thread.</summary>
    public void OnChunk(ReadStream stream, in ReadChunk chunk, in GrpcMessage message)
    {
        RangeRead? range;
        var length = chunk.Content.Length;
        lock (_gate)
        {
            if (stream != _stream) return;
            if (!_inFlight.TryGetValue(chunk.ReadId, out range))
            {
                // Of an abandoned or a finished range (servers repeat the end marker): legal, and of no use.
                _owed = Math.Max(0, _owed - length);
                return;
            }

            if (length > 0)
            {
                var weight = Math.Min(length, range.Weight);
                range.Weight -= weight;
                Interlocked.Add(ref _weight, -weight);
            }
        }

        var due = range.NextOffset;
        RangeStep step;
        try
        {
            step = range.Accept(chunk, message, _context.CopyWorkers, _onHandedOver);
        }
        catch (OutOfMemoryException e)
        {
            // Of this range alone: the connection and what else is read on it are well.
            Abandon(range, e);
            return;
        }

        // New bytes alone are progress: others could come for ever.
        var isProgress = range.NextOffset > due;
        if (step is RangeStep.Continue or RangeStep.Completed or RangeStep.EndedShort) _context.Counters.AddChunk(length);
        if (step != RangeStep.Continue || range.IsSettling)
        {
            OnStep(range, chunk.ReadId, step, isProgress);
        }
        else if (isProgress)
        {
            lock (_gate) MadeProgress(range);
        }
    }

    /// <summary>The stream has ended, or something kept it from beginning. Any thread.</summary>
    public void OnStreamEnded(ReadStream stream, GrpcStatus status)
    {
        List<(RangeRead Range, Exception Error)> failed = [];
        Exception? fatal = null;
        lock (_gate)
        {
            if (stream != _stream) return;
            var verdict = ReadFailurePolicy.Judge(
                status,
                _inFlight.ContainsKey,
                stream is { SentHandle: true, HasAnswered: false },
                _context.Options.Credential is not null && !_hasRefreshedToken,
                _context.Channel.HasConnected);
            if (verdict == ReadVerdict.FailRanges) TakeFailed(status, failed);
            DropStream();
            _context.Counters.AddBrokenStream();
            var isIdle = _returned.Count == 0 && _waiting.Count == 0 && !(_wantsOpen && _object is null);
            switch (verdict)
            {
                case ReadVerdict.Retry when isIdle:
                    break;
                case ReadVerdict.Retry:
                    fatal = Pause(status);
                    break;
                case ReadVerdict.Redirect:
                    fatal = Follow(status);
                    break;
                case ReadVerdict.RefreshToken:
                    _hasRefreshedToken = _mustRefreshToken = true;
                    break;
                case ReadVerdict.DropHandle:
                    _handle = null;
                    break;
                case ReadVerdict.GiveUp:
                    fatal = status.Cause as ObjectDisposedException ?? (Exception)ReadErrors.FromStatus(status, _uri);
                    break;
            }
        }

        if (fatal is not null) Fail(fatal);
        foreach (var (range, error) in failed) range.TryFinish(error);
        Kick();
    }

    private void OnHandedOver(RangeRead range, long readId, RangeStep step)
    {
        _context.Counters.AddHandedOver();
        if (step != RangeStep.Continue || range.IsSettling) OnStep(range, readId, step, isProgress: false);
    }

    private void OnStep(RangeRead range, long readId, RangeStep step, bool isProgress)
    {
        Exception? error = null;
        bool isDue;
        lock (_gate)
        {
            if (isProgress) MadeProgress(range);
            if (!_inFlight.TryGetValue(readId, out var known) || known != range)
            {
                // Its stream was given up while the chunk was on its way to its place: the range has another id by now, or
                // waits for one, or for this.
                if (range.IsFinished || (step != RangeStep.Completed && !range.IsSettling && !IsAskedBehindDamage(range, step)))
                    return;
            }

            // With an id that was overtaken nothing is found, which is right as well.
            _inFlight.Remove(range.ReadId);
            if (_inFlight.Count == 0 && _owed == 0) _stream?.ExpectNothing();
            range.IsSettling = false;
            var isAtEnd = step == RangeStep.EndedShort && (_object is null || range.NextOffset >= _object.Size);
            if (step == RangeStep.Completed || isAtEnd)
            {
                Unweigh(range);
            }
            else if (_failure is not null)
            {
                error = _failure;
                Unweigh(range);
            }
            else if (step != RangeStep.Continue && ++range.Failures >= MaximumRangeFailures)
            {
                error = ReadErrors.Damaged(_uri, range, step);
                _owed += range.Remaining;
                Unweigh(range);
            }
            else
            {
                _context.Counters.AddRangeAskedAgain();
                // Asked again under a new id: what still comes under this one is dropped.
                if (step != RangeStep.EndedShort) _owed += range.Remaining;
                Interlocked.Add(ref _weight, range.Remaining - range.Weight);
                range.Weight = range.Remaining;
                _returned.Enqueue(range);
                range = null!;
            }

            isDue = HasWork && !_isSending;
        }

        range?.TryFinish(error);
        if (isDue) Kick();
    }

    /// <summary>True for a range that was asked anew from behind bytes whose check had not ended, and then failed. Gate.</summary>
    private bool IsAskedBehindDamage(RangeRead range, RangeStep step) =>
        step == RangeStep.Damaged && range.WasTakenBack
        && _inFlight.TryGetValue(range.ReadId, out var asked) && asked == range;

    /// <summary>Takes out the ranges that failed for good. Gate.</summary>
    private void TakeFailed(GrpcStatus status, List<(RangeRead Range, Exception Error)> failed)
    {
        foreach (var (id, reason) in ReadFailurePolicy.FailedRanges(status, _inFlight.ContainsKey))
        {
            var range = _inFlight[id];
            if (TransientFailure.IsOfRead(reason.Code) && ++range.Failures < MaximumRangeFailures) continue;
            _inFlight.Remove(id);
            Unweigh(range);
            failed.Add((range, ReadErrors.FromStatus(reason, _uri)));
        }
    }

    /// <summary>Goes where the server says. Gate.</summary>
    /// <returns>The error if that was too often.</returns>
    private ZonalException? Follow(GrpcStatus status)
    {
        _context.Counters.AddRedirect();
        if (++_redirects > MaximumRedirects) return ReadErrors.TooManyRedirects(_uri, _redirects);
        status.TryGetDetail<BidiReadObjectRedirectedError>(out var redirect);
        _routingToken = redirect!.RoutingToken;
        // Without one in the redirect the handle at hand stays good.
        if (redirect.ReadHandle is { Handle.IsEmpty: false } handle) _handle = handle.Handle;
        return null;
    }

    /// <summary>Waits before the next attempt. Gate.</summary>
    /// <returns>The error if attempts or time are used up.</returns>
    private ZonalException? Pause(GrpcStatus status)
    {
        _attempts++;
        var elapsed = TimeSpan.FromMilliseconds(Environment.TickCount64 - _progressAt);
        var error = status.IsOk
            ? new ZonalException(
                ZonalErrorIds.StreamEndedEarly, ZonalStatusCode.Unavailable, "The server ended the stream before the last byte.")
            : ReadErrors.FromStatus(status, _uri);
        if (_attempts >= _context.Options.MaximumAttempts || elapsed >= _context.Options.ResumeTimeout)
            return ReadErrors.GaveUp(_uri, _attempts, elapsed, error);

        _context.Counters.AddRetry();
        _isPausing = true;
        _ = ResumeAfterAsync(
            RetryPause.After(_attempts, status, _context.Options.ResumeTimeout - elapsed, Random.Shared.NextDouble()));
        return null;
    }

    private async Task ResumeAfterAsync(TimeSpan pause)
    {
        await Task.Delay(pause, _closedToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_gate) _isPausing = false;
        Kick();
    }

    // Gate.
    private void MadeProgress(RangeRead? range)
    {
        _progressAt = Environment.TickCount64;
        if (range is not null) range.QuietSince = _progressAt;
        _attempts = 0;
        _redirects = 0;
        _hasRefreshedToken = false;
    }

    private void Fail(Exception error)
    {
        List<RangeRead> ranges;
        ReadStream? stream;
        MultiRangeDownloader? second;
        bool isDone;
        lock (_gate)
        {
            if (_failure is not null) return;
            _failure = error;
            second = _second;
            isDone = _inFlight.Count == 0 && _owed == 0 && !_isSending;
            stream = DropStream();
            ranges = [.. _returned, .. _waiting];
            _returned.Clear();
            _waiting.Clear();
            foreach (var range in ranges) Unweigh(range);
        }

        if (isDone) stream?.Finish();
        else stream?.Drop();
        _closed.Cancel();
        _context.Unregister(this);
        if (_opened.TrySetException(error)) _ = _opened.Task.Exception;
        foreach (var range in ranges) range.TryFinish(error);
        second?.Dispose();
    }
}
