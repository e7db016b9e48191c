using System.Collections.Concurrent;
using ZonalStorage.Transport.Http2;
using ZonalStorage.Transport.Sockets;

namespace ZonalStorage.Tests.Transport;

/// <summary>A transport without a socket: what is received is written by the test, what is sent may get stuck or fail.</summary>
internal sealed class ScriptedTransport : ITransportConnector, IByteTransport
{
    private readonly BlockingCollection<byte[]> _incoming = [];
    private readonly ManualResetEventSlim _unstuck = new();
    private readonly TaskCompletionSource _isStuck = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private byte[] _rest = [];

    public Uri Endpoint => new("http://scripted:1");

    /// <summary>Called before bytes are sent; may throw.</summary>
    public Action Sending { get; set; } = static () => { };

    /// <summary>True if whatever is sent gets stuck.</summary>
    public bool GetsStuck { get; set; }

    /// <summary>Somebody is stuck.</summary>
    public Task IsStuck => _isStuck.Task;

    public bool CanSendNow => !GetsStuck;

    public IByteTransport Connect(CancellationToken aborted) => this;

    /// <summary>Has a frame received.</summary>
    public void Feed(FrameType type, FrameFlags flags, int stream, params byte[] payload) =>
        _incoming.Add([.. Http2Wire.Frame(type, flags, stream, payload.Length), .. payload]);

    /// <summary>A connection over this that is up.</summary>
    public async Task<Http2Connection> ConnectAsync(CancellationToken stop)
    {
        Feed(FrameType.Settings, FrameFlags.None, 0, 0, 4, 0x7F, 0xFF, 0xFF, 0xFF);
        Feed(FrameType.WindowUpdate, FrameFlags.None, 0, 0x7F, 0xFF, 0, 0);
        var connection = new Http2Connection(this, static () => { });
        await connection.ConnectAsync(TimeSpan.FromSeconds(10), Endpoint, stop);
        return connection;
    }

    public int Receive(Span<byte> destination, int certain, long due)
    {
        if (_rest.Length == 0 && !_incoming.TryTake(out _rest!, Timeout.Infinite))
        {
            _rest = [];
            return 0;
        }

        var count = Math.Min(_rest.Length, destination.Length);
        _rest.AsSpan(0, count).CopyTo(destination);
        _rest = _rest[count..];
        return count;
    }

    public void Send(ReadOnlySpan<byte> bytes)
    {
        Sending();
        if (!GetsStuck) return;
        _isStuck.TrySetResult();
        _unstuck.Wait();
        throw new IOException("aborted");
    }

    public void Abort()
    {
        _incoming.CompleteAdding();
        _unstuck.Set();
    }

    public void Dispose()
    {
        // Nothing is held that matters.
    }
}
