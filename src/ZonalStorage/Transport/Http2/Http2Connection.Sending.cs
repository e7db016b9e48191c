using ZonalStorage.Transport.Hpack;

namespace ZonalStorage.Transport.Http2;

/// <summary>What leaves: content as the peer's windows allow, header blocks, and who carries it to the socket.</summary>
internal sealed partial class Http2Connection
{
    /// <summary>Sends content on a stream, as the peer's windows allow; one call at a time a stream.</summary>
    /// <param name="stream">A stream of this connection.</param>
    /// <param name="content">Bytes; they are copied before the task ends.</param>
    /// <param name="endsStream">True if nothing follows.</param>
    /// <param name="cancellationToken">Ends the wait for a window; part of the content may have gone.</param>
    /// <returns>False if the stream has ended meanwhile, which its callbacks tell more about.</returns>
    public ValueTask<bool> SendAsync(
        Http2Stream stream, ReadOnlyMemory<byte> content, bool endsStream, CancellationToken cancellationToken)
    {
        var step = AppendData(stream, content, endsStream);
        Flush();
        return !step.IsOpen ? new(false)
            : step.Sent == content.Length ? new(true)
            : SendRestAsync(stream, content[step.Sent..], step, endsStream, cancellationToken);
    }

    /// <summary>Sends what was appended: at once, or soon after a callback of a receive thread.</summary>
    public void Flush()
    {
        if (_received == this) _mustFlush = true;
        else if (_received is not null) FlushSoon();
        else _writer!.Flush();
    }

    private async ValueTask<bool> SendRestAsync(
        Http2Stream stream, ReadOnlyMemory<byte> rest, SendStep step, bool endsStream,
        CancellationToken cancellationToken)
    {
        while (true)
        {
            await (step.Window ?? _writer!.WaitForRoomAsync()).WaitAsync(cancellationToken).ConfigureAwait(false);
            step = AppendData(stream, rest, endsStream);
            Flush();
            if (!step.IsOpen) return false;
            rest = rest[step.Sent..];
            if (rest.IsEmpty) return true;
        }
    }

    /// <summary>Appends as much as windows and the unsent limit allow.</summary>
    private SendStep AppendData(Http2Stream stream, ReadOnlyMemory<byte> content, bool endsStream)
    {
        lock (_gate)
        {
            stream.WindowOpened = null;
            if (stream.IsClosed || stream.SentEnd) return new SendStep(0, IsOpen: false, Window: null);
            var sent = 0;
            while (sent < content.Length && _writer!.Unsent < Http2Limits.UnsentHighWatermark)
            {
                var allowed = Math.Min(stream.SendWindow, _sendWindow);
                if (allowed <= 0)
                {
                    // Continuations run elsewhere: it is the receive thread that opens windows.
                    stream.WindowOpened = new(TaskCreationOptions.RunContinuationsAsynchronously);
                    BeginWatch();
                    return new SendStep(sent, IsOpen: true, stream.WindowOpened.Task);
                }

                var length = (int)Math.Min(Math.Min(content.Length - sent, allowed), _peerMaxFrame);
                var isLast = endsStream && sent + length == content.Length;
                _writer.Append(
                    FrameType.Data, isLast ? FrameFlags.EndStream : FrameFlags.None, stream.Id,
                    content.Span.Slice(sent, length));
                stream.SentEnd = isLast;
                stream.SendWindow -= length;
                stream.CountSent(length);
                _sendWindow -= length;
                sent += length;
                _idleFrames.EarnContent(length);
            }

            if (content.IsEmpty && endsStream)
            {
                _writer!.Append(FrameType.Data, FrameFlags.EndStream, stream.Id, []);
                stream.SentEnd = true;
            }

            return new SendStep(sent, IsOpen: true, Window: null);
        }
    }

    private void AppendHeaders(int streamId, ReadOnlySpan<byte> block)
    {
        if (_mustUpdateTable)
        {
            _mustUpdateTable = false;
            block = (byte[])[HpackEncoder.NoTable, .. block];
        }

        var first = block[..Math.Min(block.Length, _peerMaxFrame)];
        block = block[first.Length..];
        _writer!.Append(
            FrameType.Headers, block.IsEmpty ? FrameFlags.EndHeaders : FrameFlags.None, streamId, first);
        while (!block.IsEmpty)
        {
            var next = block[..Math.Min(block.Length, _peerMaxFrame)];
            block = block[next.Length..];
            _writer.Append(
                FrameType.Continuation, block.IsEmpty ? FrameFlags.EndHeaders : FrameFlags.None, streamId, next);
        }
    }

    /// <summary>Sends what was appended, here if that cannot block.</summary>
    private void FlushNowOrSoon()
    {
        if (!_writer!.TryFlush()) FlushSoon();
    }

    /// <summary>Sends what was appended on a pool thread, so that the caller cannot block.</summary>
    private void FlushSoon() => Background.Queue(static c => c._writer!.Flush(), this, static (c, e) => c.Fail(e));

    /// <summary>How far an append came.</summary>
    /// <param name="Sent">Bytes appended.</param>
    /// <param name="IsOpen">False if the stream has ended.</param>
    /// <param name="Window">Completes when a window has opened; null if no window was in the way.</param>
    private readonly record struct SendStep(int Sent, bool IsOpen, Task? Window);
}
