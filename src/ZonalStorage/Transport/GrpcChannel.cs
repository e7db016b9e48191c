using Google.Protobuf;
using ZonalStorage.Transport.Grpc;
using ZonalStorage.Transport.Http2;

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
    /// <param name="maximumMessage">Bytes of a message at most.</param>
    /// <exception cref="ZonalException">No token or no connection.</exception>
    public async ValueTask<GrpcCall> StartAsync(
        string method, string routing, IGrpcCallHandler handler, bool refreshToken, CancellationToken cancellationToken,
        int maximumMessage = Http2Limits.MaxMessage)
    {
        var token = await GetTokenAsync(refreshToken, cancellationToken).ConfigureAwait(false);
        var call = new GrpcCall(handler, maximumMessage);
        await _connections.OpenStreamAsync(call, _headers.Encode(method, routing, token, timeout: null), cancellationToken).ConfigureAwait(false);
        return call;
    }

    /// <summary>Makes one unary call, once.</summary>
    /// <param name="method">Path, see <see cref="GrpcMethod"/>.</param>
    /// <param name="routing">See <see cref="CallHeaders.Routing"/>.</param>
    /// <param name="request">What to send.</param>
    /// <param name="parse">Reads the answer; throws <see cref="InvalidProtocolBufferException"/> where it is none.</param>
    /// <param name="refreshToken">True after a token was refused.</param>
    /// <param name="deadline">Ends the call wherever it is; its passing is a status, not an exception.</param>
    /// <returns>The status, and the answer where it is OK.</returns>
    /// <exception cref="ZonalException">No token or no connection.</exception>
    public async Task<(GrpcStatus Status, T? Response)> CallOnceAsync<T>(
        string method, string routing, IMessage request, Func<byte[], T> parse, bool refreshToken, CallDeadline deadline)
        where T : class
    {
        var handler = new UnaryCallHandler();
        var call = new GrpcCall(handler, Options.MaximumMetadataMessage, isUnary: true);
        var lacking = "token";
        try
        {
            // A credential of somebody's own may not look at its token of cancellation.
            var token = await GetTokenAsync(refreshToken, deadline.Token).AsTask().WaitAsync(deadline.Token).ConfigureAwait(false);
            lacking = "connection with a free stream";
            var block = _headers.Encode(method, routing, token, deadline.Left);
            await _connections.OpenStreamAsync(call, block, deadline.Token).ConfigureAwait(false);
            lacking = "room for the request in the server's window";
            // On a pool thread: it may come to stand behind what a peer that has stopped reading does not take.
            await Task.Run(() => call.SendAsync(GrpcFraming.Frame(request), isLast: true, deadline.Token).AsTask(), deadline.Token)
                .WaitAsync(deadline.Token).ConfigureAwait(false);
            lacking = "answer";
            var status = await handler.Completed.WaitAsync(deadline.Token).ConfigureAwait(false);
            return status.IsOk ? handler.Read(parse)
                : (status.Cause is MessageTooLongException tooLong ? CallErrors.TooLarge(tooLong) : status, null);
        }
        catch (OperationCanceledException) when (deadline.HasPassed)
        {
            call.Cancel();
            // Its connection may be dead without anybody having said so; then it is replaced for all.
            call.ProbeConnection();
            return (CallErrors.TooLate(lacking, deadline.Limit) with { IsUnprocessed = call.Connection is null }, null);
        }
        catch
        {
            call.Cancel();
            throw;
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

        private byte[]? _answer;
        private bool _hasMore;

        public Task<GrpcStatus> Completed => _completed.Task;

        public void OnMessage(in GrpcMessage message)
        {
            if (_answer is null) _answer = message.ToArray();
            else _hasMore = true;
        }

        public void OnCompleted(GrpcStatus status) => _completed.TrySetResult(status);

        /// <summary>The answer of a call that ended well.</summary>
        public (GrpcStatus Status, T? Response) Read<T>(Func<byte[], T> parse)
            where T : class
        {
            if (_answer is null || _hasMore)
                return (CallErrors.Malformed($"The server answered OK with {(_hasMore ? "several messages" : "no message")}."), null);
            try
            {
                return (GrpcStatus.Success, parse(_answer));
            }
            catch (InvalidProtocolBufferException e)
            {
                return (CallErrors.Malformed("The server's answer cannot be read: " + e.Message), null);
            }
        }
    }
}
