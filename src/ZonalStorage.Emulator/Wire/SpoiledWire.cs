using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace ZonalStorage.Emulator.Wire;

/// <summary>
/// Stands between Kestrel's HTTP/2 and the socket of one connection, where frames can be spoiled that Kestrel would only
/// ever send well-formed and in good order.
/// </summary>
/// <remarks>
/// Kestrel does not know what is changed here: padding is not counted against its windows, so a padded connection should
/// carry less than 256 MiB.
/// </remarks>
internal sealed class SpoiledWire : IDuplexPipe, IDisposable
{
    // Whole frames are looked at, so the largest must fit.
    private static readonly PipeOptions _options = new(pauseWriterThreshold: 64 << 20, resumeWriterThreshold: 32 << 20);

    private readonly Pipe _fromKestrel = new(_options);
    private readonly Pipe _toKestrel = new(_options);
    private readonly SemaphoreSlim _sending = new(1);
    private readonly ConnectionContext _connection;
    private readonly IDuplexPipe _socket;
    private readonly ArrayBufferWriter<byte> _waiting = new();

    // Bytes that each stream has brought and that were not given back to its window: of interest once that is narrow.
    private readonly Dictionary<int, int> _taken = [];
    private bool _isInHeaderBlock;

    private SpoiledWire(ConnectionContext connection)
    {
        _connection = connection;
        _socket = connection.Transport;
    }

    public WireManners Manners { get; } = new();

    /// <inheritdoc/>
    public PipeReader Input => _toKestrel.Reader;

    /// <inheritdoc/>
    public PipeWriter Output => _fromKestrel.Writer;

    /// <summary>Runs a connection with frames that can be spoiled.</summary>
    public static async Task RunAsync(ConnectionContext connection, Func<SpoiledWire, Task> serve)
    {
        using var wire = new SpoiledWire(connection);
        connection.Transport = wire;
        var sending = wire.SendAsync();
        var receiving = wire.ReceiveAsync();
        try
        {
            await serve(wire);
        }
        finally
        {
            await wire._fromKestrel.Writer.CompleteAsync();
            await sending;
            wire._socket.Input.CancelPendingRead();
            await receiving;
            connection.Transport = wire._socket;
        }
    }

    public void Dispose() => _sending.Dispose();

    private async Task SendAsync()
    {
        var reader = _fromKestrel.Reader;
        try
        {
            while (true)
            {
                var read = await reader.ReadAsync();
                var rest = read.Buffer;
                await _sending.WaitAsync();
                try
                {
                    while (WireFrame.TryRead(ref rest, out var frame))
                    {
                        if (frame.Type is WireFrame.Data && Manners.CutsNextData && frame.Payload.Length > 1)
                        {
                            await CutAsync(frame);
                            return;
                        }

                        if (!_isInHeaderBlock) Manners.WritePreludes(_socket.Output);
                        Manners.Write(_socket.Output, frame);
                        if (frame.Type is WireFrame.Headers or WireFrame.Continuation)
                            _isInHeaderBlock = (frame.Flags & WireFrame.EndHeaders) == 0;
                    }

                    PutWaiting();
                    await _socket.Output.FlushAsync();
                }
                finally
                {
                    _sending.Release();
                }

                reader.AdvanceTo(rest.Start, rest.End);
                if (read.IsCompleted) return;
            }
        }
        catch (Exception e) when (e is IOException or InvalidOperationException or ConnectionAbortedException)
        {
            // The client has gone.
        }
        finally
        {
            await reader.CompleteAsync();
        }
    }

    /// <summary>The frame says how long it is, half of it comes, and then nothing ever.</summary>
    private async Task CutAsync(WireFrame frame)
    {
        WireFrame.WriteHeader(_socket.Output, (int)frame.Payload.Length, frame.Type, frame.Flags, frame.StreamId);
        foreach (var part in frame.Payload.Slice(0, frame.Payload.Length / 2)) _socket.Output.Write(part.Span);
        await _socket.Output.FlushAsync();
        _connection.Abort(new ConnectionAbortedException("Cut by a fault."));
    }

    private async Task ReceiveAsync()
    {
        var isAfterPreface = false;
        try
        {
            while (true)
            {
                var read = await _socket.Input.ReadAsync();
                if (read.IsCanceled) return;
                var rest = read.Buffer;
                // The preface of 24 bytes is no frame.
                if (!isAfterPreface && rest.Length >= 24)
                {
                    Pass(rest.Slice(0, 24));
                    rest = rest.Slice(24);
                    isAfterPreface = true;
                }

                while (isAfterPreface && WireFrame.TryRead(ref rest, out var frame))
                {
                    frame.WriteTo(_toKestrel.Writer);
                    if (frame is { Type: WireFrame.Data, Payload.Length: > 0 })
                        await OpenWindowAsync(frame.StreamId, (int)frame.Payload.Length);
                }

                await _toKestrel.Writer.FlushAsync();
                _socket.Input.AdvanceTo(rest.Start, rest.End);
                if (read.IsCompleted) return;
            }
        }
        catch (Exception e) when (e is IOException or InvalidOperationException or ConnectionAbortedException)
        {
            // The client has gone.
        }
        finally
        {
            await _toKestrel.Writer.CompleteAsync();
        }
    }

    /// <summary>Lets the client send as much again as it has sent, since Kestrel does not know how little it may.</summary>
    private async Task OpenWindowAsync(int streamId, int count)
    {
        await _sending.WaitAsync();
        try
        {
            if (Manners.ClientWindow == 0)
            {
                _taken[streamId] = _taken.GetValueOrDefault(streamId) + count;
                return;
            }

            WireFrame.WriteWindowUpdate(_waiting, streamId, count);
            if (_isInHeaderBlock) return;
            PutWaiting();
            await _socket.Output.FlushAsync();
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>Announces the window that a client has on each stream from now on.</summary>
    public async Task NarrowAsync(int window)
    {
        await _sending.WaitAsync();
        try
        {
            Manners.ClientWindow = window;
            Manners.WriteWindow(_waiting);
            foreach (var (streamId, count) in _taken) WireFrame.WriteWindowUpdate(_waiting, streamId, count);
            _taken.Clear();
            if (_isInHeaderBlock) return;
            PutWaiting();
            await _socket.Output.FlushAsync();
        }
        finally
        {
            _sending.Release();
        }
    }

    private void PutWaiting()
    {
        if (_isInHeaderBlock || _waiting.WrittenCount == 0) return;
        _socket.Output.Write(_waiting.WrittenSpan);
        _waiting.ResetWrittenCount();
    }

    private void Pass(ReadOnlySequence<byte> bytes)
    {
        foreach (var part in bytes) _toKestrel.Writer.Write(part.Span);
    }
}
