using Google.Cloud.Storage.V2;
using Google.Protobuf;
using ZonalStorage.Protocol;
using ZonalStorage.Transport;
using ZonalStorage.Transport.Grpc;

namespace ZonalStorage.Reading;

/// <summary>Where the one stream of a downloader stands.</summary>
internal enum StreamState
{
    /// <summary>There is none; the next one is opened when there is something to ask for.</summary>
    Closed,

    /// <summary>The call is being made, or made and not answered.</summary>
    Opening,

    /// <summary>The server has answered.</summary>
    Streaming,

    /// <summary>It broke: the next one is opened after a pause.</summary>
    Pausing,

    /// <summary>It was redirected: the next one is opened at once, with the routing token that the server gave.</summary>
    Redirecting,

    /// <summary>The token was refused: the next one is opened at once with a new one.</summary>
    RenewingToken,

    /// <summary>The read handle was refused, or some ranges failed for good: the next one is opened at once.</summary>
    Reopening,

    /// <summary>Nothing can be read any more.</summary>
    Failed,
}

/// <summary>How the next stream is opened.</summary>
/// <param name="Spec">The first message's part about the object.</param>
/// <param name="Routing">Routing header.</param>
/// <param name="RefreshToken">True to fetch a new access token first.</param>
internal readonly record struct StreamOpening(BidiReadObjectSpec Spec, string Routing, bool RefreshToken);

/// <summary>What follows from the end of a stream.</summary>
/// <param name="Verdict">What was decided.</param>
/// <param name="Pause">How long to wait before the next one; null where it may be opened at once, or is not wanted.</param>
/// <param name="Fatal">Why there is no next one; null while there may be.</param>
internal readonly record struct StreamEnding(ReadVerdict Verdict, TimeSpan? Pause, Exception? Fatal);

/// <summary>What is seen of a stream from outside, while nothing is heard of its ranges.</summary>
/// <param name="Payload">Bytes of messages that came, also of one that has only begun.</param>
/// <param name="Messages">Messages that came whole.</param>
/// <param name="Announced">Bytes of the message that has begun; 0 if none has.</param>
/// <param name="Others">Bytes that its connection has delivered to other streams.</param>
/// <param name="LineBytes">Bytes in flight at most on the line, see <see cref="InFlightLimit"/>.</param>
internal readonly record struct StreamVitals(long Payload, int Messages, int Announced, long Others, long LineBytes);

/// <summary>Opens, judges and limits the one stream that a downloader has at a time, over all of its breaks.</summary>
/// <remarks>
/// <para>Pure: no I/O, no lock and no clock of its own. The downloader's lock guards it.</para>
/// <para>
/// Limits are counted from the last sign of life. New checked bytes are one, and reset the attempts; so are bytes of a message
/// that has only begun, since a chunk of 2 MiB takes long on a slow line; messages that bring nothing are none, however many
/// come. A stream on whose connection others are served is not stalled, but waits its turn, unless it is passed over for longer
/// than the line takes for all that was asked on it.
/// </para>
/// </remarks>
internal sealed class StreamSupervisor
{
    private const int MaximumRedirects = 4;

    // Messages without a new byte (handles, empty ones, ends of ranges) that may come in a row and count as life.
    private const int MaximumUselessMessages = 100;

    // A message may take as long as this for every KiB of it, beside ResumeTimeout.
    private static readonly TimeSpan _perKiB = TimeSpan.FromSeconds(1);

    private readonly ZonalSessionOptions _options;
    private ByteString? _handle;
    private string? _routingToken;
    private TimeSpan _openedAt;
    private TimeSpan _progressAt;
    private TimeSpan _heardAt;
    private TimeSpan _messageSince;
    private TimeSpan _othersHeardAt;
    private StreamVitals _vitals;
    private long _othersThen;
    private int _messagesThen;
    private int _attempts;
    private int _redirects;
    private bool _sentHandle;
    private bool _hasRefreshedToken;

    /// <summary>A supervisor for streams of <paramref name="uri"/>.</summary>
    /// <param name="uri">The object; its generation is pinned by the first answer if it has none.</param>
    /// <param name="known">What an earlier stream told of the same generation; null if none did.</param>
    /// <param name="options">Limits of time and attempts.</param>
    /// <param name="now">On any clock.</param>
    public StreamSupervisor(ZonalUri uri, OpenedObject? known, ZonalSessionOptions options, TimeSpan now)
    {
        (Uri, Object, _options, _progressAt, _heardAt) = (uri, known, options, now, now);
    }

    /// <summary>Where the stream stands.</summary>
    public StreamState State { get; private set; }

    /// <summary>The object, pinned as soon as its generation is known.</summary>
    public ZonalUri Uri { get; private set; }

    /// <summary>What the service told of it; null before the first answer.</summary>
    public OpenedObject? Object { get; private set; }

    /// <summary>Why nothing can be read any more; null while something can.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>True if a stream may be opened now.</summary>
    public bool CanOpen =>
        State is StreamState.Closed or StreamState.Redirecting or StreamState.RenewingToken or StreamState.Reopening;

    /// <summary>True while there is a stream.</summary>
    public bool HasStream => State is StreamState.Opening or StreamState.Streaming;

    /// <summary>A supervisor of another stream of the same generation, with the same handle and routing token.</summary>
    public StreamSupervisor MakeSibling(TimeSpan now) =>
        new(Uri, Object, _options, now) { _handle = _handle, _routingToken = _routingToken };

    /// <summary>There was nothing to do, and now there is: limits begin anew.</summary>
    public void OnWorkBegins(TimeSpan now) => (_progressAt, _heardAt) = (now, now);

    /// <summary>A stream is being opened.</summary>
    public StreamOpening Open(TimeSpan now)
    {
        var spec = new BidiReadObjectSpec { Bucket = Uri.BucketResource, Object = Uri.Name };
        if (Uri.Generation is { } generation) spec.Generation = generation;
        if (_handle is not null) spec.ReadHandle = new BidiReadHandle { Handle = _handle };
        if (_routingToken is not null) spec.RoutingToken = _routingToken;
        _sentHandle = _handle is not null;
        var opening = new StreamOpening(
            spec, CallHeaders.Routing(Uri.BucketResource, _routingToken is { Length: > 0 } token ? token : null),
            State == StreamState.RenewingToken);
        State = StreamState.Opening;
        _vitals = default;
        (_messagesThen, _othersThen) = (0, 0);
        _openedAt = _othersHeardAt = _messageSince = now;
        return opening;
    }

    /// <summary>The first message has come.</summary>
    /// <remarks>Not each message counts: a server could send empty ones for ever.</remarks>
    public void OnAnswered(TimeSpan now)
    {
        if (State != StreamState.Opening) return;
        State = StreamState.Streaming;
        _openedAt = now;
    }

    /// <summary>The object's metadata has come: pins the generation, or finds that it is another object.</summary>
    /// <returns>What is wrong with it; null for nothing.</returns>
    public ZonalException? OnMetadata(Google.Cloud.Storage.V2.Object metadata, TimeSpan now)
    {
        ZonalObjectInfo info;
        try
        {
            info = metadata.ToCheckedInfo(Uri);
        }
        catch (ZonalException e)
        {
            return e;
        }

        if (Object is { } known)
        {
            return known.Info.IsFinalized && (info.Size != known.Size || info.Crc32C != known.Info.Crc32C)
                ? ObjectErrors.OtherContent(Uri)
                : null;
        }

        Object = new OpenedObject(info);
        Uri = Uri.WithGeneration(info.Generation);
        OnProgress(now);
        return null;
    }

    /// <summary>A handle for the next open has come.</summary>
    public void OnReadHandle(byte[] handle) => _handle = ByteString.CopyFrom(handle);

    /// <summary>New checked bytes have come.</summary>
    public void OnProgress(TimeSpan now)
    {
        _progressAt = _heardAt = now;
        _messagesThen = _vitals.Messages;
        _attempts = 0;
        _redirects = 0;
        _hasRefreshedToken = false;
    }

    /// <summary>The stream was given back: nothing was asked for on it.</summary>
    public void OnClosed() => State = StreamState.Closed;

    /// <summary>The pause is over.</summary>
    public void OnPauseEnded()
    {
        if (State == StreamState.Pausing) State = StreamState.Closed;
    }

    /// <summary>Nothing can be read any more.</summary>
    /// <returns>False if that was so already.</returns>
    public bool TryFail(Exception error)
    {
        if (Failure is not null) return false;
        (Failure, State) = (error, StreamState.Failed);
        return true;
    }

    /// <summary>The stream has ended, or something kept it from beginning: says what is next.</summary>
    /// <param name="status">How.</param>
    /// <param name="hasWork">Whether anything is wanted of the next one.</param>
    /// <param name="isOutstanding">Whether a read id was outstanding on it.</param>
    /// <param name="hasConnected">The endpoint has been reached before: it is right, and if it does not answer it is down.</param>
    /// <param name="now">On the clock.</param>
    public StreamEnding OnEnded(
        GrpcStatus status, bool hasWork, Func<long, bool> isOutstanding, bool hasConnected, TimeSpan now)
    {
        var verdict = ReadFailurePolicy.Judge(
            status, isOutstanding, _sentHandle && State == StreamState.Opening,
            _options.Credential is not null && !_hasRefreshedToken, hasConnected);
        TimeSpan? pause = null;
        Exception? fatal = null;
        State = StreamState.Reopening;
        switch (verdict)
        {
            case ReadVerdict.Retry when !hasWork:
                State = StreamState.Closed;
                break;
            case ReadVerdict.Retry:
                fatal = Pause(status, now, out pause);
                State = StreamState.Pausing;
                break;
            case ReadVerdict.Redirect:
                fatal = Follow(status);
                State = StreamState.Redirecting;
                break;
            case ReadVerdict.RefreshToken:
                _hasRefreshedToken = true;
                State = StreamState.RenewingToken;
                break;
            case ReadVerdict.DropHandle:
                _handle = null;
                break;
            case ReadVerdict.GiveUp:
                fatal = status.Cause as ObjectDisposedException ?? (Exception)ReadErrors.FromStatus(status, Uri);
                break;
        }

        return new StreamEnding(verdict, pause, fatal);
    }

    /// <summary>Looks, now and then, whether a stream on which something is awaited has stalled.</summary>
    /// <param name="vitals">What is seen of it.</param>
    /// <param name="now">On the clock.</param>
    /// <returns>For how long nothing was heard, if that is too long; null otherwise.</returns>
    public TimeSpan? Stalled(in StreamVitals vitals, TimeSpan now)
    {
        if (!HasStream) return null;
        if (vitals.Messages != _vitals.Messages || vitals.Announced == 0) _messageSince = now;
        if (vitals.Others != _vitals.Others) _othersHeardAt = now;
        var isHeard = vitals.Payload != _vitals.Payload && vitals.Messages - _messagesThen <= MaximumUselessMessages
            && now - _messageSince <= _options.ResumeTimeout + (_perKiB * (vitals.Announced >> 10));
        if (isHeard) (_heardAt, _othersThen) = (now, vitals.Others);
        _vitals = vitals;

        var heardAt = _heardAt > _openedAt ? _heardAt : _openedAt;
        var silence = now - heardAt;
        var limit = State == StreamState.Streaming ? _options.StallTimeout : _options.CallTimeout;
        // A read that may not last that long must not wait for it.
        if (now - _heardAt >= _options.ResumeTimeout) return silence;
        if (silence < limit) return null;
        var isPassedOver = vitals.Others - _othersThen >= 4 * vitals.LineBytes
            || silence >= _options.ResumeTimeout / 2;
        return now - _othersHeardAt >= limit || isPassedOver ? silence : null;
    }

    /// <summary>Waits before the next attempt.</summary>
    /// <returns>The error if attempts or time are used up.</returns>
    private ZonalException? Pause(GrpcStatus status, TimeSpan now, out TimeSpan? pause)
    {
        pause = null;
        _attempts++;
        var elapsed = now - _heardAt;
        var error = status.IsOk ? ReadErrors.EndedEarly(Uri) : ReadErrors.FromStatus(status, Uri);
        if (_attempts >= _options.MaximumAttempts || elapsed >= _options.ResumeTimeout)
            return ReadErrors.GaveUp(Uri, _attempts, now - _progressAt, error);
        pause = RetryPause.After(_attempts, status, _options.ResumeTimeout - elapsed, Random.Shared.NextDouble());
        return null;
    }

    /// <summary>Goes where the server says.</summary>
    /// <returns>The error if that was too often.</returns>
    private ZonalException? Follow(GrpcStatus status)
    {
        if (++_redirects > MaximumRedirects) return ReadErrors.TooManyRedirects(Uri, _redirects);
        status.TryGetDetail<BidiReadObjectRedirectedError>(out var redirect);
        _routingToken = redirect!.RoutingToken;
        // Without one in the redirect the handle at hand stays good.
        if (redirect.ReadHandle is { Handle.IsEmpty: false } handle) _handle = handle.Handle;
        return null;
    }
}
