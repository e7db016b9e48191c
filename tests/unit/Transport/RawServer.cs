using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Google.Protobuf;
using ZonalStorage.Transport.Hpack;
using ZonalStorage.Transport.Http2;

namespace ZonalStorage.Tests.Transport;

/// <summary>
/// A gRPC server made of a socket and frames written by hand: it says what it is told to, also what no server would say, and is
/// silent where it is told to be.
/// </summary>
internal sealed class RawServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<RawCall, byte[], Task> _answer;
    private readonly ConcurrentBag<RawConnection> _connections = [];
    private readonly TaskCompletionSource _called = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _accepting;
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _received;

    /// <summary>A server that calls <paramref name="answer"/> with each message of each call.</summary>
    public RawServer(Func<RawCall, byte[], Task> answer)
    {
        _answer = answer;
        _listener.Start();
        Endpoint = new Uri($"http://{_listener.LocalEndpoint}");
        _accepting = AcceptAsync();
    }

    public Uri Endpoint { get; }

    /// <summary>False to accept connections and never greet on them.</summary>
    public bool Greets { get; init; } = true;

    /// <summary>SETTINGS_MAX_CONCURRENT_STREAMS of the greeting.</summary>
    public int Streams { get; init; } = 100;

    /// <summary>SETTINGS_INITIAL_WINDOW_SIZE of the greeting.</summary>
    public int Window { get; init; } = 1 << 30;

    /// <summary>Answers to PING.</summary>
    public bool AnswersPings { get; set; } = true;

    /// <summary>Paths of the calls so far, in order.</summary>
    public ConcurrentQueue<string> Calls { get; } = new();

    /// <summary>Ends when the headers of a first call have come.</summary>
    public Task FirstCall => _called.Task;

    /// <summary>Bytes of content that have come; a test waits here for its client's next step.</summary>
    public async Task WaitForContentAsync(long bytes, CancellationToken stop)
    {
        while (Interlocked.Read(ref _received) < bytes)
        {
            var more = Volatile.Read(ref _more);
            if (Interlocked.Read(ref _received) < bytes) await more.Task.WaitAsync(stop);
        }
    }

    public int Accepted => _connections.Count;

    public ZonalSession Open(Func<ZonalSessionOptions, ZonalSessionOptions>? change = null)
    {
        var options = new ZonalSessionOptions { Endpoint = Endpoint, Connections = 1 };
        return ZonalSession.Create(change?.Invoke(options) ?? options);
    }

    /// <summary>Changes a setting on every open connection.</summary>
    public async Task SetAsync(SettingId id, int value)
    {
        foreach (var connection in _connections) await connection.SendSettingsAsync((id, value));
    }

    /// <summary>
    /// Ends when the clients have dealt with the answers to all that they sent: where the test moves the clock, a PING's answer
    /// must not come later than it would.
    /// </summary>
    public async Task InStepAsync(CancellationToken stop)
    {
        // The first brings what is on its way to here, the second the answers to there.
        for (var i = 0; i < 2; i++)
        {
            foreach (var connection in _connections) await connection.PingAsync(stop);
        }
    }

    /// <summary>Resets every open stream.</summary>
    public async Task ResetAllAsync()
    {
        foreach (var connection in _connections) await connection.ResetAllAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        foreach (var connection in _connections) connection.Dispose();
        _stop.Dispose();
    }

    private void Count(int bytes)
    {
        Interlocked.Add(ref _received, bytes);
        Interlocked.Exchange(ref _more, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (!_stop.IsCancellationRequested)
            {
                var connection = new RawConnection(this, await _listener.AcceptSocketAsync(_stop.Token));
                _connections.Add(connection);
                _ = connection.RunAsync();
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or InvalidOperationException)
        {
            // The test is over.
        }
    }

    private sealed class RawConnection(RawServer server, Socket socket) : IDisposable
    {
        private const int Preface = 24;

        private readonly SemaphoreSlim _writing = new(1);
        private readonly HpackDecoder _hpack = new();
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private volatile TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ConcurrentDictionary<int, RawCall> _calls = new();

        public async Task RunAsync()
        {
            try
            {
                if (!server.Greets) return;
                await SendSettingsAsync((SettingId.MaxConcurrentStreams, server.Streams), (SettingId.InitialWindowSize, server.Window));
                await SendAsync(FrameType.WindowUpdate, FrameFlags.None, 0, Number(1 << 30));
                await ReadAsync(Preface);
                while (true)
                {
                    var header = FrameHeader.Read(await ReadAsync(FrameHeader.Size));
                    await OnFrameAsync(header, await ReadAsync(header.Length));
                }
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException or EndOfStreamException)
            {
                // The client, or the test, is done.
            }
            finally
            {
                _ended.TrySetResult();
            }
        }

        public Task SendSettingsAsync(params (SettingId Id, int Value)[] settings)
        {
            var payload = new byte[settings.Length * 6];
            for (var i = 0; i < settings.Length; i++)
            {
                BinaryPrimitives.WriteUInt16BigEndian(payload.AsSpan(i * 6), (ushort)settings[i].Id);
                BinaryPrimitives.WriteInt32BigEndian(payload.AsSpan((i * 6) + 2), settings[i].Value);
            }

            return SendAsync(FrameType.Settings, FrameFlags.None, 0, payload);
        }

        public async Task PingAsync(CancellationToken stop)
        {
            if (_ended.Task.IsCompleted) return;
            var answered = _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
            try
            {
                await SendAsync(FrameType.Ping, FrameFlags.None, 0, new byte[8]);
            }
            catch (SocketException)
            {
                return;
            }

            await Task.WhenAny(answered.Task, _ended.Task).WaitAsync(stop);
        }

        public async Task ResetAllAsync()
        {
            foreach (var id in _calls.Keys) await SendAsync(FrameType.RstStream, FrameFlags.None, id, Number((int)Http2ErrorCode.Cancel));
        }

        public async Task SendAsync(FrameType type, FrameFlags flags, int stream, byte[] payload)
        {
            var frame = new byte[FrameHeader.Size + payload.Length];
            new FrameHeader(payload.Length, type, flags, stream).Write(frame);
            payload.CopyTo(frame, FrameHeader.Size);
            await _writing.WaitAsync(server._stop.Token);
            try
            {
                for (var sent = 0; sent < frame.Length;) sent += await socket.SendAsync(frame.AsMemory(sent), server._stop.Token);
            }
            finally
            {
                _writing.Release();
            }
        }

        public void Dispose() => socket.Dispose();

        private static byte[] Number(int value)
        {
            var bytes = new byte[4];
            BinaryPrimitives.WriteInt32BigEndian(bytes, value);
            return bytes;
        }

        private async Task OnFrameAsync(FrameHeader header, byte[] payload)
        {
            switch (header.Type)
            {
                case FrameType.Settings when !header.Flags.HasFlag(FrameFlags.Ack):
                    await SendAsync(FrameType.Settings, FrameFlags.Ack, 0, []);
                    break;
                case FrameType.Ping when !header.Flags.HasFlag(FrameFlags.Ack) && server.AnswersPings:
                    await SendAsync(FrameType.Ping, FrameFlags.Ack, 0, payload);
                    break;
                case FrameType.Ping when header.Flags.HasFlag(FrameFlags.Ack):
                    _answered.TrySetResult();
                    break;
                case FrameType.Headers:
                    var call = new RawCall((t, f, p) => SendAsync(t, f, header.StreamId, p));
                    _hpack.Decode(payload, call);
                    _calls[header.StreamId] = call;
                    server.Calls.Enqueue(call.Path);
                    server._called.TrySetResult();
                    break;
                case FrameType.RstStream:
                    _calls.TryRemove(header.StreamId, out _);
                    break;
                case FrameType.Data when _calls.TryGetValue(header.StreamId, out var known):
                    server.Count(payload.Length);
                    foreach (var message in known.Take(payload)) await server._answer(known, message);
                    break;
            }
        }

        private async Task<byte[]> ReadAsync(int count)
        {
            var bytes = new byte[count];
            for (var filled = 0; filled < count;)
            {
                var received = await socket.ReceiveAsync(bytes.AsMemory(filled), server._stop.Token);
                if (received == 0) throw new EndOfStreamException();
                filled += received;
            }

            return bytes;
        }
    }
}

/// <summary>A call that came to a <see cref="RawServer"/>.</summary>
internal sealed class RawCall(Func<FrameType, FrameFlags, byte[], Task> send) : IHeaderSink
{
    private readonly ArrayBufferWriter<byte> _content = new();
    private int _taken;
    private bool _hasHeaders;

    /// <summary>Path of the method.</summary>
    public string Path { get; private set; } = "";

    /// <summary>Its last part.</summary>
    public string Method => Path[(Path.LastIndexOf('/') + 1)..];

    public void OnHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (name.SequenceEqual(":path"u8)) Path = Encoding.ASCII.GetString(value);
    }

    /// <summary>Messages that are whole with this content.</summary>
    public List<byte[]> Take(byte[] content)
    {
        _content.Write(content);
        var messages = new List<byte[]>();
        var all = _content.WrittenSpan;
        while (all.Length - _taken >= 5 && BinaryPrimitives.ReadInt32BigEndian(all[(_taken + 1)..]) is var length && all.Length - _taken - 5 >= length)
        {
            messages.Add(all.Slice(_taken + 5, length).ToArray());
            _taken += 5 + length;
        }

        return messages;
    }

    /// <summary>Sends a message, behind headers if it is the first.</summary>
    public async Task SendAsync(byte[] message, int announced = -1)
    {
        if (!_hasHeaders) await send(FrameType.Headers, FrameFlags.EndHeaders, Block(("content-type", "application/grpc")));
        _hasHeaders = true;
        var framed = new byte[5 + message.Length];
        BinaryPrimitives.WriteInt32BigEndian(framed.AsSpan(1), announced < 0 ? message.Length : announced);
        message.CopyTo(framed, 5);
        for (var at = 0; at < framed.Length; at += 16 << 10)
            await send(FrameType.Data, FrameFlags.None, framed.AsSpan(at, Math.Min(16 << 10, framed.Length - at)).ToArray());
    }

    /// <summary>Ends the call with a status.</summary>
    public Task EndAsync(ZonalStatusCode code = ZonalStatusCode.Ok, string message = "", IMessage? detail = null)
    {
        var fields = new List<(string, string)> { ("grpc-status", ((int)code).ToString(System.Globalization.CultureInfo.InvariantCulture)) };
        if (message.Length > 0) fields.Add(("grpc-message", message));
        if (detail is not null)
        {
            var status = new Google.Rpc.Status { Code = (int)code, Details = { Google.Protobuf.WellKnownTypes.Any.Pack(detail) } };
            fields.Add(("grpc-status-details-bin", Convert.ToBase64String(status.ToByteArray())));
        }

        if (!_hasHeaders) fields.Insert(0, ("content-type", "application/grpc"));
        return send(FrameType.Headers, FrameFlags.EndHeaders | FrameFlags.EndStream, Block([.. fields], withStatus: !_hasHeaders));
    }

    /// <summary>The usual answer of a unary call.</summary>
    public async Task AnswerAsync(IMessage message)
    {
        await SendAsync(message.ToByteArray());
        await EndAsync();
    }

    /// <summary>Resets the stream.</summary>
    public Task ResetAsync(Http2ErrorCode code)
    {
        var payload = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(payload, (uint)code);
        return send(FrameType.RstStream, FrameFlags.None, payload);
    }

    private static byte[] Block(params (string Name, string Value)[] fields) => Block(fields, withStatus: true);

    private static byte[] Block((string Name, string Value)[] fields, bool withStatus)
    {
        var block = new ArrayBufferWriter<byte>();
        // ":status: 200" of the static table.
        if (withStatus) block.Write<byte>([0x88]);
        foreach (var (name, value) in fields) HpackEncoder.Write(block, name, value);
        return block.WrittenSpan.ToArray();
    }
}
