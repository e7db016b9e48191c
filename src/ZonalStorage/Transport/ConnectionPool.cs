using ZonalStorage.Transport.Http2;
using ZonalStorage.Transport.Sockets;

namespace ZonalStorage.Transport;

/// <summary>The connections to one endpoint.</summary>
/// <remarks>
/// Thread-safe. A stream goes to the connection with the fewest. Connections are opened as streams come: up to the wished
/// number, and beyond it only where every one is at the server's limit of concurrent streams. They are made side by side
/// and outside the lock; one that goes away is replaced by the next call that needs it.
/// </remarks>
internal sealed class ConnectionPool(ZonalSessionOptions options) : IAsyncDisposable
{
    // Against a server that allows few streams a connection; beyond it callers wait for a stream to end.
    private const int MaximumConnections = 64;

    private readonly object _gate = new();
    private readonly EndpointConnector _connector = new(options);
    private readonly List<Http2Connection> _connections = [];
    private readonly List<Reclaimer> _reclaimers = [];
    private readonly int _wished = options.EffectiveConnections;
    private long _deliveredBefore;
    private int _opening;
    private bool _isDisposed;
    private bool _hasConnected;
    private TaskCompletionSource? _changed;

    /// <summary>Connections that are up.</summary>
    public int Count
    {
        get
        {
            lock (_gate) return _connections.Count;
        }
    }

    /// <summary>True once a connection was made: the endpoint is right, and if it does not answer it is down.</summary>
    public bool HasConnected => Volatile.Read(ref _hasConnected);

    /// <summary>Bytes of content received so far, by connections that have gone as well.</summary>
    public long DeliveredBytes
    {
        get
        {
            lock (_gate) return _deliveredBefore + _connections.Sum(static c => c.DeliveredBytes);
        }
    }

    /// <summary>Names somebody who has streams that are not needed all the time.</summary>
    /// <param name="reclaim">
    /// Ends up to so many streams at once by <see cref="Http2Connection.Finish"/> and tells how many; asked, outside every lock,
    /// by a caller who finds no stream free. Any thread.
    /// </param>
    /// <returns>Disposed of when there is nothing to be had any more.</returns>
    public IDisposable AddReclaimer(Func<int, int> reclaim)
    {
        var reclaimer = new Reclaimer(this, reclaim);
        lock (_gate) _reclaimers.Add(reclaimer);
        return reclaimer;
    }

    /// <summary>Opens a stream on the least busy connection; connects where needed.</summary>
    /// <returns>The connection; the stream's header block is appended there and leaves with what is sent next.</returns>
    /// <exception cref="ZonalException">No connection can be made.</exception>
    /// <exception cref="ObjectDisposedException">The pool was closed.</exception>
    public async ValueTask<Http2Connection> OpenStreamAsync(
        Http2Stream stream, byte[] headerBlock, CancellationToken cancellationToken)
    {
        var hasReclaimed = false;
        while (true)
        {
            Task? changed = null;
            Reclaimer[] reclaimers = [];
            lock (_gate)
            {
                if (_isDisposed) throw ConnectErrors.Closed();
                if (TryOpen(stream, headerBlock) is { } connection)
                {
                    // Served; a further connection, where one is wished, is for those who come next.
                    if (connection.StreamCount > 1 && _connections.Count + _opening < _wished)
                    {
                        _opening++;
                        // It fails for nobody: whoever needs a connection makes one and learns why there is none.
                        Background.Queue(static p => _ = p.ConnectQuietlyAsync(), this, static (_, _) => { });
                    }

                    return connection;
                }

                var isFull = _connections.Count + _opening >= _wished;
                // A server that takes no stream now will take none on another connection either.
                var most = _connections.Exists(static c => c.IsAccepting && !c.AllowsStreams) ? _wished : MaximumConnections;
                // Where streams are at their limit one connection more is made at a time: a stream may end meanwhile.
                var mayConnect = _opening < _wished && _connections.Count + _opening < most
                    && (_connections.Count == 0 || _opening == 0);
                if (isFull && !hasReclaimed && _reclaimers.Count > 0) reclaimers = [.. _reclaimers];
                else if (mayConnect) _opening++;
                else changed = (_changed ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }

            if (reclaimers.Length > 0)
            {
                hasReclaimed = true;
                _ = Array.Find(reclaimers, static r => r.TryReclaim());
                continue;
            }

            hasReclaimed = false;
            await ((changed?.WaitAsync(cancellationToken) ?? ConnectAsync(cancellationToken)).ConfigureAwait(false));
        }
    }

    /// <summary>Makes sure that one connection is up.</summary>
    /// <exception cref="ZonalException">No connection can be made.</exception>
    public async Task EnsureConnectedAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_isDisposed) throw ConnectErrors.Closed();
            if (_connections.Exists(static c => c.IsAccepting)) return;
            _opening++;
        }

        await ConnectAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Closes every connection; bounded in time.</summary>
    public async ValueTask DisposeAsync()
    {
        Http2Connection[] connections;
        lock (_gate)
        {
            if (_isDisposed) return;
            _isDisposed = true;
            connections = [.. _connections];
        }

        await Task.WhenAll(connections.Select(static c => c.DisposeAsync().AsTask())).ConfigureAwait(false);
        Pulse();
    }

    /// <summary>Tries the connections, the least busy first. Gate.</summary>
    private Http2Connection? TryOpen(Http2Stream stream, byte[] headerBlock)
    {
        Http2Connection? best = null;
        var fewest = int.MaxValue;
        foreach (var connection in _connections)
        {
            var streams = connection.StreamCount;
            if (streams >= fewest || !connection.IsAccepting) continue;
            (best, fewest) = (connection, streams);
        }

        if (best?.TryOpen(stream, headerBlock) == true) return best;
        return _connections.Find(c => c.TryOpen(stream, headerBlock));
    }

    /// <summary>Makes the connection that <c>_opening</c> was raised for.</summary>
    private async Task ConnectAsync(CancellationToken cancellationToken)
    {
        var connection = new Http2Connection(_connector, Pulse, options.Time);
        Exception? failure = null;
        try
        {
            await connection.ConnectAsync(options.ConnectTimeout, options.Endpoint, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            failure = e;
            throw;
        }
        finally
        {
            Settle(connection, failure);
        }
    }

    private void Settle(Http2Connection connection, Exception? failure)
    {
        TaskCompletionSource? changed;
        bool isDisposed;
        lock (_gate)
        {
            _opening--;
            isDisposed = _isDisposed;
            if (failure is null) _hasConnected = true;
            if (failure is null && !isDisposed) _connections.Add(connection);
            (changed, _changed) = (_changed, null);
            // Who waits for this connection alone fails with it, instead of trying the same again one after another.
            if (failure is ZonalException && _connections.Count == 0 && _opening == 0)
            {
                changed?.TrySetException(failure);
                _ = changed?.Task.Exception;
                changed = null;
            }
        }

        changed?.TrySetResult();
        if (failure is not null) return;
        if (isDisposed) connection.Fail(ConnectErrors.Closed());
        // Unsafe: without the ExecutionContext of whoever came first, which would live as long as the connection.
        connection.Finished.GetAwaiter().UnsafeOnCompleted(() => Remove(connection));
    }

    private async Task ConnectQuietlyAsync()
    {
        try
        {
            await ConnectAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // Whatever it is. The streams have a connection; one more was a wish.
        }
    }

    private void Remove(Http2Connection connection)
    {
        lock (_gate)
        {
            if (_connections.Remove(connection)) _deliveredBefore += connection.DeliveredBytes;
        }

        Pulse();
    }

    private void Pulse()
    {
        TaskCompletionSource? changed;
        lock (_gate) (changed, _changed) = (_changed, null);
        changed?.TrySetResult();
    }

    /// <summary>Somebody who may give streams back.</summary>
    private sealed class Reclaimer(ConnectionPool pool, Func<int, int> reclaim) : IDisposable
    {
        public bool TryReclaim() => reclaim(1) > 0;

        public void Dispose()
        {
            lock (pool._gate) pool._reclaimers.Remove(this);
        }
    }
}
