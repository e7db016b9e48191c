using Google.Protobuf;
using Polly;
using Polly.Retry;
using ZonalStorage.Transport.Grpc;

namespace ZonalStorage.Transport;

/// <summary>Unary calls with retries: calls that may be repeated, and calls that the server has not acted on.</summary>
internal sealed class UnaryClient
{
    // As the service's own configuration has it: five attempts, pauses that double up to a minute; ours begin shorter.
    private const int Attempts = 5;

    private static readonly ResiliencePropertyKey<bool> _isIdempotent = new("idempotent");

    private readonly GrpcChannel _channel;
    private readonly ResiliencePipeline<GrpcStatus> _pipeline;

    public UnaryClient(GrpcChannel channel)
    {
        _channel = channel;
        _pipeline = new ResiliencePipelineBuilder<GrpcStatus>()
            .AddRetry(new RetryStrategyOptions<GrpcStatus>
            {
                MaxRetryAttempts = Attempts - 1,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = TimeSpan.FromMilliseconds(200),
                MaxDelay = TimeSpan.FromSeconds(10),
                ShouldHandle = static arguments => ValueTask.FromResult(
                    arguments.Outcome.Result is { } status && MayRetry(status, arguments.Context)),
            })
            .Build();
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
        try
        {
            var status = await _pipeline.ExecuteAsync(
                async c =>
                {
                    var (s, r) = await CallWithFreshTokenAsync(method, bucketResource, request, parser, c.CancellationToken);
                    response = r;
                    return s;
                },
                context);
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
        var answer = await _channel.CallOnceAsync(method, routing, request, parser, refreshToken: false, cancellationToken);
        return answer.Status.Code == ZonalStatusCode.Unauthenticated && _channel.Options.Credential is not null
            ? await _channel.CallOnceAsync(method, routing, request, parser, refreshToken: true, cancellationToken)
            : answer;
    }

    private static bool MayRetry(GrpcStatus status, ResilienceContext context) =>
        status.IsUnprocessed
        || (status.Code is ZonalStatusCode.Unavailable or ZonalStatusCode.DeadlineExceeded
            && context.Properties.TryGetValue(_isIdempotent, out var isIdempotent) && isIdempotent);
}
