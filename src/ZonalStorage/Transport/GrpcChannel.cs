using Google.Protobuf;
using ZonalStorage.Transport.Grpc;

namespace ZonalStorage.Transport;

/// <summary>Calls to one endpoint: connections, credential and headers together.</summary>
internal sealed class GrpcChannel(ZonalSessionOptions options) : IAsyncDisposable
{
    private readonly CallHeaders _headers = new(options);
    private readonly ConnectionPool _connections = new(options);

    /// <summary>What the channel was made with.</summary>
    public ZonalSessionOptions Options { get; } = options;

    /// <summary>Connections that are up.</summary>
    public int ConnectionCount => _connections.Count;

    /// <inheritdoc cref="ConnectionPool.HasConnected"/>
    public bool HasConnected => _connections.HasConnected;

    /// <summary>What is in flight on the connections, of all sessions that share them.</summary>
    public InFlightLimit Line { get; } = new(options.Time);

    /// <inheritdoc cref="ConnectionPool.DeliveredBytes"/>
    public long DeliveredBytes => _connections.DeliveredBytes;

    /// <inheritdoc cref="ConnectionPool.AddReclaimer"/>
    public IDisposable AddReclaimer(Func<int, int> reclaim) => _connections.AddReclaimer(reclaim);

    /// <summary>Makes sure that one connection is up.</summary>
    public Task ConnectAsync(CancellationToken cancellationToken) => _connections.EnsureConnectedAsync(cancellationToken);

    /// <summary>Starts a streaming call; its headers leave with the first message.</summary>
    /// <param name="method">Path, see <see cref="GrpcMethod"/>.</param>
    /// <param name="routing">See <see cref="CallHeaders.Routing"/>.</param>
    /// <param name="handler">Gets the answers.</param>
    /// <param name="refreshToken">True after a token was refused.</param>
    /// <param name="cancellationToken">Ends the wait for a token or a connection.</param>
    /// <exception cref="ZonalException">No token or no connection.</exception>
    public async ValueTask<GrpcCall> StartAsync(
        string method, string routing, IGrpcCallHandler handler, bool refreshToken, CancellationToken cancellationToken)
    {
        var token = await GetTokenAsync(refreshToken, cancellationToken).ConfigureAwait(false);
        var call = new GrpcCall(handler);
        await _connections.OpenStreamAsync(call, _headers.Encode(method, routing, token, timeout: null), cancellationToken).ConfigureAwait(false);
        return call;
    }

    /// <summary>Makes one unary call, once.</summary>
    /// <returns>The status, and the answer where it is OK.</returns>
    public async Task<(GrpcStatus Status, TResponse? Response)> CallOnceAsync<TResponse>(
        string method, string routing, IMessage request, MessageParser<TResponse> parser, bool refreshToken,
        CancellationToken cancellationToken)
        where TResponse : class, IMessage<TResponse>
    {
        var token = await GetTokenAsync(refreshToken, cancellationToken).ConfigureAwait(false);
        var handler = new UnaryCallHandler();
        var call = new GrpcCall(handler);
        var block = _headers.Encode(method, routing, token, Options.CallTimeout);
        await _connections.OpenStreamAsync(call, block, cancellationToken).ConfigureAwait(false);
        using var registration = cancellationToken.UnsafeRegister(static c => ((GrpcCall)c!).Cancel(), call);
        await call.SendAsync(GrpcFraming.Frame(request), isLast: true, cancellationToken).ConfigureAwait(false);
        GrpcStatus status;
        try
        {
            status = await handler.Completed.WaitAsync(Options.CallTimeout, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            call.Cancel();
            status = new GrpcStatus(
                ZonalStatusCode.DeadlineExceeded, $"No answer within {Options.CallTimeout.TotalSeconds:0.###} s.");
        }

        if (!status.IsOk) return (status, null);
        if (handler.Response is not { } bytes)
            return (new GrpcStatus(ZonalStatusCode.Internal, "The server answered OK without a message."), null);
        try
        {
            return (status, parser.ParseFrom(bytes));
        }
        catch (InvalidProtocolBufferException e)
        {
            return (new GrpcStatus(ZonalStatusCode.Internal, "The server's answer cannot be read: " + e.Message), null);
        }
    }

    public ValueTask DisposeAsync() => _connections.DisposeAsync();

    private async ValueTask<string?> GetTokenAsync(bool refresh, CancellationToken cancellationToken) =>
        Options.Credential is { } credential ? await credential.GetAccessTokenAsync(refresh, cancellationToken).ConfigureAwait(false) : null;

    /// <summary>Keeps the one answer of a unary call.</summary>
    private sealed class UnaryCallHandler : IGrpcCallHandler
    {
        private readonly TaskCompletionSource<GrpcStatus> _completed =
            new(TaskCreationOptions.RunContinuationsAsynchronously);

        public byte[]? Response { get; private set; }

        public Task<GrpcStatus> Completed => _completed.Task;

        public void OnMessage(in GrpcMessage message) => Response = message.ToArray();

        public void OnCompleted(GrpcStatus status) => _completed.TrySetResult(status);
    }
}
