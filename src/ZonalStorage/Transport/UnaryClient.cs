using Google.Protobuf;
using Polly;
using Polly.Retry;
using ZonalStorage.Transport.Grpc;
using ZonalStorage.Transport.Sockets;

namespace ZonalStorage.Transport;

/// <summary>Unary calls with retries: calls that may be repeated, and calls that the server has not acted on.</summary>
/// <remarks>
/// Each attempt has <see cref="ZonalSessionOptions.CallTimeout"/>, all of them with their pauses have
/// <see cref="ZonalSessionOptions.ResumeTimeout"/>; which failures may pass says <see cref="TransientFailure"/>, how long to wait
/// <see cref="RetryPause"/>, as for reads.
/// </remarks>
internal sealed class UnaryClient
{
    private static readonly ResiliencePropertyKey<CallProgress> _progress = new("progress");

    private readonly GrpcChannel _channel;
    private readonly ZonalSessionOptions _options;
    private readonly ResiliencePipeline<GrpcStatus> _pipeline;

    public UnaryClient(GrpcChannel channel)
    {
        _channel = channel;
        _options = channel.Options;
        var builder = new ResiliencePipelineBuilder<GrpcStatus> { TimeProvider = _options.Time };
        if (_options.MaximumAttempts > 1)
        {
            builder.AddRetry(new RetryStrategyOptions<GrpcStatus>
            {
                MaxRetryAttempts = _options.MaximumAttempts - 1,
                ShouldHandle = arguments => ValueTask.FromResult(
                    MayRetry(arguments.Outcome, arguments.AttemptNumber + 1, Progress(arguments.Context))),
                DelayGenerator = static arguments => ValueTask.FromResult<TimeSpan?>(Progress(arguments.Context).Pause),
            });
        }

        _pipeline = builder.Build();
    }

    /// <summary>Makes a call and reads its answer.</summary>
    /// <inheritdoc cref="CallAsync{T}(string, string, IMessage, Func{byte[], T}, bool, CancellationToken, TimeSpan?)"/>
    public Task<(GrpcStatus Status, T? Response)> CallAsync<T>(
        string method, string bucketResource, IMessage request, bool isIdempotent, CancellationToken cancellationToken,
        TimeSpan? limit = null)
        where T : class, IMessage<T>, new() => CallAsync(
            method, bucketResource, request, static bytes => GrpcParsing.Parse<T>(bytes), isIdempotent, cancellationToken, limit);

    /// <summary>Makes a call.</summary>
    /// <param name="method">See <see cref="GrpcMethod"/>.</param>
    /// <param name="bucketResource">Bucket for the routing header.</param>
    /// <param name="request">What to send.</param>
    /// <param name="parse">Reads the answer; throws <see cref="InvalidProtocolBufferException"/> where it is none.</param>
    /// <param name="isIdempotent">True if a repetition does no harm, so that any transient failure is retried.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <param name="limit">Time for all attempts; null for <see cref="ZonalSessionOptions.ResumeTimeout"/>.</param>
    /// <returns>The status, and the answer where it is OK.</returns>
    /// <exception cref="ZonalException">No connection, no token.</exception>
    /// <exception cref="ObjectDisposedException">The session was closed.</exception>
    public async Task<(GrpcStatus Status, T? Response)> CallAsync<T>(
        string method, string bucketResource, IMessage request, Func<byte[], T> parse, bool isIdempotent,
        CancellationToken cancellationToken, TimeSpan? limit = null)
        where T : class
    {
        T? response = null;
        var progress = new CallProgress(_options.Time, limit ?? _options.ResumeTimeout, isIdempotent);
        var context = ResilienceContextPool.Shared.Get(cancellationToken);
        context.Properties.Set(_progress, progress);
        try
        {
            var status = await _pipeline.ExecuteAsync(
                async c =>
                {
                    progress.Attempts++;
                    GrpcStatus s;
                    (s, response) = await AttemptAsync(
                        method, bucketResource, request, parse, progress.Left, c.CancellationToken).ConfigureAwait(false);
                    return s;
                },
                context).ConfigureAwait(false);
            if (status.Cause is ObjectDisposedException) throw ConnectErrors.Closed();
            return (
                status.IsOk || progress.Attempts == 1 ? status : CallErrors.GaveUp(status, progress.Attempts, progress.Elapsed),
                response);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    /// <summary>One attempt; a token that was revoked before its time is replaced in it, once.</summary>
    private async Task<(GrpcStatus Status, T? Response)> AttemptAsync<T>(
        string method, string bucketResource, IMessage request, Func<byte[], T> parse, TimeSpan left,
        CancellationToken cancellationToken)
        where T : class
    {
        var routing = CallHeaders.Routing(bucketResource);
        using var deadline = new CallDeadline(
            left < _options.CallTimeout ? left : _options.CallTimeout, _options.Time, cancellationToken);
        var answer = await _channel.CallOnceAsync(method, routing, request, parse, refreshToken: false, deadline).ConfigureAwait(false);
        return answer.Status.Code == ZonalStatusCode.Unauthenticated && _options.Credential is not null
            ? await _channel.CallOnceAsync(method, routing, request, parse, refreshToken: true, deadline).ConfigureAwait(false)
            : answer;
    }

    /// <summary>Decides, and sets the pause: one that reaches beyond the limit is no use to anybody.</summary>
    private bool MayRetry(Outcome<GrpcStatus> outcome, int attempts, CallProgress progress)
    {
        var status = outcome.Result ?? GrpcStatus.Success;
        // Without a connection, or a token, nothing was asked: that may be repeated whatever it was.
        var mayPass = outcome.Exception is { } failure
            ? failure is ZonalException known && _channel.HasConnected && TransientFailure.IsOfConnection(known)
            : status.IsUnprocessed || (progress.IsIdempotent && TransientFailure.MayPass(status, _channel.HasConnected));
        if (!mayPass) return false;
        progress.Pause = RetryPause.After(attempts, status, TimeSpan.MaxValue, Random.Shared.NextDouble());
        return progress.Pause < progress.Left;
    }

    private static CallProgress Progress(ResilienceContext context) => context.Properties.GetValue(_progress, null!);

    /// <summary>How far a call with all its attempts is.</summary>
    private sealed class CallProgress(TimeProvider time, TimeSpan limit, bool isIdempotent)
    {
        private readonly long _startedAt = time.GetTimestamp();

        public bool IsIdempotent { get; } = isIdempotent;

        public int Attempts { get; set; }

        public TimeSpan Pause { get; set; }

        public TimeSpan Elapsed => time.GetElapsedTime(_startedAt);

        public TimeSpan Left => limit - Elapsed is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }
}
