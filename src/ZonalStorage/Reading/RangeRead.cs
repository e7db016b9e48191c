using ZonalStorage.Memory;
using ZonalStorage.Protocol;
using ZonalStorage.Transport.Grpc;

namespace ZonalStorage.Reading;

/// <summary>Whoever waits for a range.</summary>
internal interface IRangeOwner
{
    /// <summary>
    /// The range has ended, once; any thread, also a receive thread, so it must not block. Nothing writes to its
    /// destination any more. Bytes short of the view's length mean the object's end.
    /// </summary>
    void OnRangeCompleted(RangeRead range, Exception? error);
}

/// <summary>What the chunk that was accepted last means for its range.</summary>
internal enum RangeStep
{
    /// <summary>More is to come, or the chunk came too late to matter.</summary>
    Continue,

    /// <summary>Every byte is there and checked.</summary>
    Completed,

    /// <summary>The server says that this was all, short of what was asked.</summary>
    EndedShort,

    /// <summary>A checksum did not match: the range stands where that chunk began.</summary>
    Damaged,

    /// <summary>The chunk begins behind the byte that is due.</summary>
    Gap,

    /// <summary>More bytes than were asked for.</summary>
    Overfull,
}

/// <summary>One range on its way: from the request to its last checked byte, over as many streams as that takes.</summary>
/// <remarks>
/// <see cref="Accept"/> by one receive thread at a time; <see cref="TryFinish"/> by anybody, and the first call counts. The
/// bytes are visible to the owner only after it was told of the end.
/// </remarks>
internal sealed class RangeRead(long offset, MemmoveView view, IRangeOwner owner, ZonalProgress? progress)
{
    // Below this a hand-over costs more than the copy (a thread switch is about 10 µs, 256 KiB copy and CRC about 20 µs).
    private const int MinimumHandOver = 256 << 10;

    private int _isFinished;
    private long _endedReadId = -1;
    private bool _isSettling;
    private volatile RangeRead? _second;
    private long _crcCovers;
    private uint _crc;

    /// <summary>First byte in the object.</summary>
    public long Offset { get; } = offset;

    /// <summary>Its owner's number for it.</summary>
    public int Number { get; init; }

    /// <summary>Bytes asked for; more than 0.</summary>
    public int Length => view.Length;

    /// <summary>Bytes received and checked.</summary>
    public int Filled => view.Filled;

    /// <summary>The byte that is due next.</summary>
    public long NextOffset => Offset + view.Filled;

    /// <summary>Bytes that are still to come.</summary>
    public int Remaining => view.Length - view.Filled;

    /// <summary>Who asks for it; set before it is asked for.</summary>
    public MultiRangeDownloader? Downloader { get; set; }

    /// <summary>Number on the stream that it is asked on now. Downloader's gate.</summary>
    public long ReadId { get; set; }

    /// <summary>
    /// True while it is neither asked for nor waiting to be, because the check of its last chunk is under way. Written under
    /// the downloader's gate.
    /// </summary>
    public bool IsSettling
    {
        get => Volatile.Read(ref _isSettling);
        set => Volatile.Write(ref _isSettling, value);
    }

    /// <summary>Bytes by which it weighs on its downloader. Downloader's gate.</summary>
    public long Weight { get; set; }

    /// <summary>Times that it had to be asked again because of what the server sent. Downloader's gate.</summary>
    public int Failures { get; set; }

    /// <summary>True once it was given up or brought elsewhere. Downloader's gate.</summary>
    public bool IsReleased { get; set; }

    /// <summary>When a byte of it last came, or it was asked for; <see cref="Environment.TickCount64"/>. Downloader's gate.</summary>
    public long QuietSince { get; set; }

    /// <summary>True once it was asked for a second time, see <see cref="Hedge"/>. Downloader's gate.</summary>
    public bool IsHedged { get; set; }

    /// <summary>True once the owner was told.</summary>
    public bool IsFinished => Volatile.Read(ref _isFinished) != 0;

    /// <summary>
    /// CRC32C of the bytes received, combined from those of the chunks; null where chunks were taken back, so that it must
    /// be computed anew.
    /// </summary>
    public uint? Crc32C => _crcCovers == Filled ? _crc : null;

    /// <summary>Takes a chunk: copies it to its place and checks it in one pass.</summary>
    /// <param name="chunk">A chunk of this range.</param>
    /// <param name="message">The message that it lies in.</param>
    /// <param name="workers">Copy workers that may take it over; 0 for none.</param>
    /// <param name="handedOver">Told range, read id and step where a worker took over, on that worker's thread.</param>
    public RangeStep Accept(
        in ReadChunk chunk, in GrpcMessage message, int workers, Action<RangeRead, long, RangeStep> handedOver)
    {
        if (chunk.IsRangeEnd) Volatile.Write(ref _endedReadId, chunk.ReadId);
        if (chunk.Content.Length == 0) return Settle();
        // Read once: a worker whose check fails sets it back at any moment.
        var position = view.Filled;
        var overlap = Offset + position - chunk.Offset;
        // A gap that a worker's failed check has left is looked at before that is told: it is the damage.
        if (overlap < 0) return view.WasTakenBack ? RangeStep.Damaged : RangeStep.Gap;
        if (overlap > 0) return AcceptTail(chunk, position, overlap);

        switch (view.Begin(position, chunk.Content.Length))
        {
            case MemmoveView.Begun.NoLonger:
                return RangeStep.Continue;
            case MemmoveView.Begun.Overfull:
                return RangeStep.Overfull;
        }

        if (workers > 0 && chunk is { Crc32C: { } crc, Content.Length: >= MinimumHandOver } && message.CanRetain)
        {
            var job = new RangeCopyJob(this, position, chunk, message.Retain(), handedOver);
            if (MemmoveWorkerPool.Shared.TryPost(job, workers))
            {
                AppendCrc(position, crc, chunk.Content.Length);
                return RangeStep.Continue;
            }

            job.Release();
        }

        return End(position, chunk.Content.Length, view.Copy(position, chunk.Content), chunk.Crc32C);
    }

    /// <summary>Ends the range: nothing writes to its destination any more, and its owner is told.</summary>
    /// <returns>False if it had ended before.</returns>
    public bool TryFinish(Exception? error)
    {
        if (Interlocked.Exchange(ref _isFinished, 1) != 0) return false;
        view.Seal();
        owner.OnRangeCompleted(this, error);
        _second?.Abandon(ReadErrors.Overtaken());
        return true;
    }

    /// <summary>The byte of the range from which on a second request is needed; -1 while a copy is under way.</summary>
    public int GetHedgeStart() => view.IsSettled(out var filled) ? filled : -1;

    /// <summary>The rest is asked for a second time; that is given up when this range ends first.</summary>
    public void Attach(RangeRead second)
    {
        _second = second;
        if (IsFinished) second.Abandon(ReadErrors.Overtaken());
    }

    /// <summary>Ends the range by bytes that another request brought, unless it has ended.</summary>
    /// <param name="position">Where in the range they begin; at most <see cref="Filled"/>, from <see cref="GetHedgeStart"/>.</param>
    /// <param name="bytes">Checked bytes, to the range's end.</param>
    public void FinishWith(int position, ReadOnlySpan<byte> bytes)
    {
        if (Interlocked.Exchange(ref _isFinished, 1) != 0) return;
        view.Seal();
        Downloader?.Release(this);
        var start = view.Filled;
        var rest = bytes[(start - position)..];
        AppendCrc(start, Memory.Crc32C.Compute(rest), rest.Length);
        try
        {
            view.Complete(rest);
        }
        catch (OutOfMemoryException e)
        {
            // Memory that is taken when the first byte comes: nothing had come, and there is none.
            owner.OnRangeCompleted(this, e);
            return;
        }

        progress?.Add(rest.Length);
        owner.OnRangeCompleted(this, error: null);
    }

    /// <summary>Gives it up wherever it is; its owner is told.</summary>
    public void Abandon(Exception reason)
    {
        if (Downloader is { } downloader) downloader.Abandon(this, reason);
        else TryFinish(reason);
    }

    /// <summary>True if bytes were taken back, and not asked for since.</summary>
    public bool WasTakenBack => view.WasTakenBack;

    /// <summary>It is about to be asked for, from <see cref="Filled"/> on as it is after this.</summary>
    public void Restart() => view.Restart();

    /// <summary>A worker's pass over a chunk that <see cref="Accept"/> handed over.</summary>
    public RangeStep CopyHandedOver(int position, int length, ReadOnlySpan<Fragment> fragments, uint expected)
    {
        var isGood = view.Copy(position, fragments) == expected;
        if (isGood) progress?.Add(length);
        else Volatile.Write(ref _crcCovers, long.MinValue);
        return Step(position, isGood);
    }

    private RangeStep End(int position, int length, uint actual, uint? expected)
    {
        var isGood = expected is null || actual == expected;
        if (isGood)
        {
            AppendCrc(position, actual, length);
            progress?.Add(length);
        }

        return Step(position, isGood);
    }

    // While copies are under way the last of them to end tells, damage too: before, nobody knows where to go on.
    private RangeStep Step(int position, bool isGood) => view.End(position, isGood, out var filled) switch
    {
        MemmoveView.Ended.Settled => Judge(filled),
        MemmoveView.Ended.TakenBack => RangeStep.Damaged,
        _ => RangeStep.Continue,
    };

    /// <summary>A chunk of which the first bytes are here already: check all of it, take the rest.</summary>
    private RangeStep AcceptTail(in ReadChunk chunk, int position, long overlap)
    {
        if (overlap >= chunk.Content.Length) return Settle();
        var bytes = new byte[chunk.Content.Length];
        uint crc = 0;
        var filled = 0;
        foreach (var fragment in chunk.Content)
        {
            crc = Memory.Crc32C.CopyAndAppend(crc, fragment.Span, bytes.AsSpan(filled));
            filled += fragment.Length;
        }

        if (chunk.Crc32C is { } expected && crc != expected) return RangeStep.Damaged;
        var tail = bytes.AsSpan((int)overlap);
        switch (view.Begin(position, tail.Length))
        {
            case MemmoveView.Begun.NoLonger:
                return RangeStep.Continue;
            case MemmoveView.Begun.Overfull:
                return RangeStep.Overfull;
        }

        view.Copy(position, tail);
        return End(position, tail.Length, Memory.Crc32C.Append(0, tail), expected: null);
    }

    private RangeStep Settle() => view.IsSettled(out var filled) ? Judge(filled) : RangeStep.Continue;

    private RangeStep Judge(int filled) =>
        filled == view.Length ? RangeStep.Completed
        : Volatile.Read(ref _endedReadId) != ReadId ? RangeStep.Continue
        : view.WasTakenBack ? RangeStep.Damaged
        : RangeStep.EndedShort;

    private void AppendCrc(int position, uint crc, int length)
    {
        if (_crcCovers != position) return;
        _crc = position == 0 ? crc : Memory.Crc32C.Combine(_crc, crc, length);
        _crcCovers += length;
    }
}
