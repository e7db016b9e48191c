using Google.Protobuf;
using Polly;
using Polly.Retry;
using ZonalStorage.Transport.Grpc;

namespace ZonalStorage.Transport;

/// <summary>Unary calls with retries: calls that may be repeated, and calls that the server has not acted on.</summary>
internal sealed class UnaryClient
{
    private static readonly ResiliencePropertyKey<bool> _isIdempotent = new("idempotent");
    private static readonly ResiliencePropertyKey<long> _startedAt = new("started at");

    private readonly GrpcChannel _channel;
    private readonly ResiliencePipeline<GrpcStatus> _pipeline;

    public UnaryClient(GrpcChannel channel)
    {
        _channel = channel;
        var builder = new ResiliencePipelineBuilder<GrpcStatus>();
        if (channel.Options.MaximumAttempts > 1)
        {
            builder.AddRetry(new RetryStrategyOptions<GrpcStatus>
            {
                MaxRetryAttempts = channel.Options.MaximumAttempts - 1,
                ShouldHandle = arguments => ValueTask.FromResult(
                    MayRetry(arguments.Outcome, arguments.Context) && TimeLeft(arguments.Context) > TimeSpan.Zero),
                DelayGenerator = arguments => ValueTask.FromResult<TimeSpan?>(RetryPause.After(
                    arguments.AttemptNumber + 1, arguments.Outcome.Result ?? GrpcStatus.Success, TimeLeft(arguments.Context),
                    Random.Shared.NextDouble())),
            });
        }

        _pipeline = builder.Build();
    }

    /// <summary>Makes a call.</summary>
    /// <param name="method">See <see cref="GrpcMethod"/>.</param>
    /// <param name="bucketResource">Bucket for the routing header.</param>
    /// <param name="request">What to send.</param>
    /// <param name="parser">Reads the answer.</param>
    /// <param name="isIdempotent">True if a repetition does no harm, so that any transient failure is retried.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The status, and the answer where it is OK.</returns>
    /// <exception cref="ZonalException">No connection, no token.</exception>
    public async Task<(GrpcStatus Status, TResponse? Response)> CallAsync<TResponse>(
        string method, string bucketResource, IMessage request, MessageParser<TResponse> parser, bool isIdempotent,
        CancellationToken cancellationToken)
        where TResponse : class, IMessage<TResponse>
    {
        TResponse? response = null;
        var context = ResilienceContextPool.Shared.Get(cancellationToken);
        context.Properties.Set(_isIdempotent, isIdempotent);
        context.Properties.Set(_startedAt, Environment.TickCount64);
        try
        {
            var status = await _pipeline.ExecuteAsync(
                async c =>
                {
                    var (s, r) = await CallWithFreshTokenAsync(method, bucketResource, request, parser, c.CancellationToken).ConfigureAwait(false);
                    response = r;
                    return s;
                },
                context).ConfigureAwait(false);
            return (status, response);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    /// <summary>A token that was revoked before its time is replaced once.</summary>
    private async Task<(GrpcStatus Status, TResponse? Response)> CallWithFreshTokenAsync<TResponse>(
        string method, string bucketResource, IMessage request, MessageParser<TResponse> parser,
        CancellationToken cancellationToken)
        where TResponse : class, IMessage<TResponse>
    {
        var routing = CallHeaders.Routing(bucketResource);
        var answer = await _channel.CallOnceAsync(method, routing, request, parser, refreshToken: false, cancellationToken).ConfigureAwait(false);
        return answer.Status.Code == ZonalStatusCode.Unauthenticated && _channel.Options.Credential is not null
            ? await _channel.CallOnceAsync(method, routing, request, parser, refreshToken: true, cancellationToken).ConfigureAwait(false)
            : answer;
    }

    private TimeSpan TimeLeft(ResilienceContext context)
    {
        var left = _channel.Options.ResumeTimeout
            - TimeSpan.FromMilliseconds(Environment.TickCount64 - context.Properties.GetValue(_startedAt, 0));
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private bool MayRetry(Outcome<GrpcStatus> outcome, ResilienceContext context)
    {
        // Without a connection, or a token, nothing was asked: that may be repeated whatever it was.
        if (outcome.Exception is { } failure)
            return failure is ZonalException known && _channel.HasConnected && TransientFailure.IsOfConnection(known);
        return outcome.Result is { } status
            && (status.IsUnprocessed
                || (context.Properties.GetValue(_isIdempotent, false) && TransientFailure.IsOfUnaryCall(status.Code)));
    }
}
