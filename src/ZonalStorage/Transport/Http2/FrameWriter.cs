using System.Buffers.Binary;
using System.Diagnostics;
using ZonalStorage.Transport.Sockets;

namespace ZonalStorage.Transport.Http2;

/// <summary>Collects outgoing frames and sends them, whoever appended them, in as few system calls as come about.</summary>
/// <remarks>
/// Appending never blocks and is done under the connection's gate, so that frames stand in the order of the state changes
/// that caused them. Flushing is done outside it: the thread that finds nobody sending sends everything there is, also what
/// others append meanwhile. The receive thread only tries: if the peer stopped reading, that thread must go on.
/// </remarks>
internal sealed class FrameWriter(IByteTransport transport, Action<Exception> failed)
{
    private const int InitialCapacity = 16 << 10;

    private readonly object _gate = new();
    private byte[] _filling = new byte[InitialCapacity];
    private byte[] _sending = new byte[InitialCapacity];
    private int _filled;
    private int _answers;
    private long _sent;
    private bool _isSending;
    private TaskCompletionSource? _drained;

    /// <summary>Bytes appended and not handed to the socket yet.</summary>
    public int Unsent
    {
        get
        {
            lock (_gate) return _filled;
        }
    }

    /// <summary>Bytes that the socket has taken. Any thread.</summary>
    public long Sent => Volatile.Read(ref _sent);

    /// <summary>Appends the answer to a control frame.</summary>
    /// <returns>
    /// False if <see cref="Http2Limits.MaxUnsentAnswerBytes"/> of answers wait already, whatever else waits with them.
    /// </returns>
    public bool TryAnswer(FrameType type, ReadOnlySpan<byte> payload)
    {
        lock (_gate)
        {
            if (_answers > Http2Limits.MaxUnsentAnswerBytes) return false;
            _answers += FrameHeader.Size + payload.Length;
            Append(type, FrameFlags.Ack, 0, payload);
            return true;
        }
    }

    /// <summary>Appends one frame.</summary>
    public void Append(FrameType type, FrameFlags flags, int streamId, ReadOnlySpan<byte> payload)
    {
        lock (_gate)
        {
            var room = Reserve(FrameHeader.Size + payload.Length);
            new FrameHeader(payload.Length, type, flags, streamId).Write(room);
            payload.CopyTo(room[FrameHeader.Size..]);
        }
    }

    /// <summary>Appends bytes that are frames already.</summary>
    public void AppendRaw(ReadOnlySpan<byte> frames)
    {
        lock (_gate) frames.CopyTo(Reserve(frames.Length));
    }

    /// <summary>Appends a frame whose payload is one 32-bit number.</summary>
    public void Append(FrameType type, int streamId, uint value)
    {
        Span<byte> payload = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(payload, value);
        Append(type, FrameFlags.None, streamId, payload);
    }

    /// <summary>Sends what was appended, unless another thread is at it, which then sends this too. May block.</summary>
    public void Flush()
    {
        while (TryTake(mayBlock: true, out var batch)) Send(batch);
    }

    /// <summary>Sends what was appended if that cannot block.</summary>
    /// <returns>False if something is left that nobody is about to send.</returns>
    public bool TryFlush()
    {
        if (TryTake(mayBlock: false, out var batch)) Send(batch);
        lock (_gate) return _filled == 0 || _isSending;
    }

    /// <summary>Completes once less than <see cref="Http2Limits.UnsentHighWatermark"/> waits to be sent.</summary>
    public Task WaitForRoomAsync()
    {
        lock (_gate)
        {
            if (_filled < Http2Limits.UnsentHighWatermark) return Task.CompletedTask;
            // Continuations must not run on the thread that sends: it holds up everybody else's frames.
            _drained ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _drained.Task;
        }
    }

    private bool TryTake(bool mayBlock, out ReadOnlyMemory<byte> batch)
    {
        lock (_gate)
        {
            batch = default;
            if (_isSending || _filled == 0) return false;
            // Asked under the gate: nobody else can fill the room that there is.
            if (!mayBlock && (_filled > IByteTransport.MaximumSendNow || !transport.CanSendNow)) return false;
            _isSending = true;
            (_filling, _sending) = (_sending, _filling);
            batch = _sending.AsMemory(0, _filled);
            _filled = 0;
            _answers = 0;
            return true;
        }
    }

    private void Send(ReadOnlyMemory<byte> batch)
    {
        try
        {
            transport.Send(batch.Span);
            Interlocked.Add(ref _sent, batch.Length);
        }
        catch (Exception e)
        {
            // Whatever it is: it may be nobody's thread, and half of a frame may have gone.
            failed(e);
        }
        finally
        {
            TaskCompletionSource? drained;
            lock (_gate)
            {
                _isSending = false;
                (drained, _drained) = (_drained, null);
            }

            drained?.TrySetResult();
        }
    }

    private Span<byte> Reserve(int count)
    {
        Debug.Assert(Monitor.IsEntered(_gate), "the buffer belongs to the gate");
        if (_filling.Length - _filled < count)
            Array.Resize(ref _filling, Math.Max(_filling.Length * 2, _filled + count));
        var room = _filling.AsSpan(_filled, count);
        _filled += count;
        return room;
    }
}
