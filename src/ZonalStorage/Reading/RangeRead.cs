using ZonalStorage.Memory;

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

/// <summary>Where a range is on its way.</summary>
internal enum RangeState
{
    /// <summary>Nobody was asked to read it.</summary>
    New,

    /// <summary>It waits for its turn to be asked for.</summary>
    Waiting,

    /// <summary>It was asked for under its read id, and bytes are to come.</summary>
    InFlight,

    /// <summary>No more bytes come under its id; copies that are under way say what becomes of it.</summary>
    PendingVerification,

    /// <summary>It has ended, and its owner is told.</summary>
    Ended,
}

/// <summary>What a server did wrong with a range.</summary>
internal enum RangeFault
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>A checksum did not match.</summary>
    Checksum,

    /// <summary>A chunk came without a checksum.</summary>
    ChecksumMissing,

    /// <summary>A chunk begins behind the byte that is due.</summary>
    Gap,

    /// <summary>A chunk begins before the byte that is due.</summary>
    Overlap,

    /// <summary>A chunk's label says another length than it has.</summary>
    WrongLength,

    /// <summary>A chunk reaches beyond the end of a finalized object.</summary>
    BeyondEnd,

    /// <summary>The server says that this was all, short of what was asked and of the object's end.</summary>
    EndedShort,
}

/// <summary>One range on its way: from the request to its last checked byte, over as many streams as that takes.</summary>
/// <remarks>
/// It belongs to one downloader from <see cref="TryAttach"/> on, whose <see cref="RangeLedger"/> keeps its state under the
/// downloader's lock. <see cref="Abandon"/> by anybody; the first end counts. Its owner sees bytes only after it was told of the
/// end.
/// </remarks>
internal sealed class RangeRead(long offset, MemmoveView view, IRangeOwner owner, ZonalProgress? progress)
{
    // In the place of a downloader: it was given up before it had one.
    private static readonly object _nobody = new();

    private object? _downloader;
    private OwnedRange? _second;
    private byte[]? _replacement;
    private int _replacementStart;
    private uint _crc;
    private long _crcCovers;

    /// <summary>First byte in the object.</summary>
    public long Offset { get; } = offset;

    /// <summary>Its owner's number for it.</summary>
    public int Number { get; init; }

    /// <summary>Its part of the destination.</summary>
    public MemmoveView View { get; } = view;

    /// <summary>Bytes asked for; more than 0.</summary>
    public int Length => View.Length;

    /// <summary>Bytes received, from the front; all of them checked once it has ended.</summary>
    public int Filled => View.Filled;

    /// <summary>The byte that is due next.</summary>
    public long NextOffset => Offset + View.Filled;

    /// <summary>Bytes that are still to come.</summary>
    public int Remaining => View.Length - View.Filled;

    /// <summary>
    /// CRC32C of the bytes received, combined from those of the chunks; null where that is not known, so that it must be
    /// computed anew.
    /// </summary>
    public uint? Crc32C => _crcCovers == Filled ? _crc : null;

    /// <summary>Where it is on its way. Downloader's lock, as all that follows.</summary>
    internal RangeState State { get; set; }

    /// <summary>Number on the stream that it is asked for on now.</summary>
    internal long ReadId { get; set; }

    /// <summary>True once the server has said that nothing more comes under <see cref="ReadId"/>.</summary>
    internal bool IsEndedByServer { get; set; }

    /// <summary>What is wrong with it and not dealt with yet.</summary>
    internal RangeFault Fault { get; set; }

    /// <summary>Why it is given up; null while it is not.</summary>
    internal Exception? EndReason { get; set; }

    /// <summary>Bytes by which it counts as outstanding.</summary>
    internal long Outstanding { get; set; }

    /// <summary>Faults in a row at one place.</summary>
    internal int Failures { get; set; }

    /// <summary>The place of the last fault.</summary>
    internal int FailedAt { get; set; } = -1;

    /// <summary>When a byte of it last came, or it was asked for.</summary>
    internal TimeSpan QuietSince { get; set; }

    /// <summary>True once it was asked for a second time, see <see cref="Hedger"/>.</summary>
    internal bool IsHedged { get; set; }

    /// <summary>True where another request has brought the rest of it.</summary>
    internal bool IsReplaced => _replacement is not null;

    /// <summary>Makes it the downloader's.</summary>
    /// <returns>False if it was given up before.</returns>
    public bool TryAttach(MultiRangeDownloader downloader) =>
        Interlocked.CompareExchange(ref _downloader, downloader, comparand: null) is null;

    /// <summary>Gives it up wherever it is; its owner is told, at once or when a copy that is under way has ended.</summary>
    public void Abandon(Exception reason)
    {
        switch (Interlocked.CompareExchange(ref _downloader, _nobody, comparand: null))
        {
            case null:
                State = RangeState.Ended;
                Finish(reason);
                break;
            case MultiRangeDownloader downloader:
                downloader.Abandon(this, reason);
                break;
        }
    }

    /// <summary>Tells its owner of the end. Called once, by whoever ended it, outside every lock.</summary>
    internal void Finish(Exception? error)
    {
        if (_replacement is not null && error is null) error = TakeReplacement();
        owner.OnRangeCompleted(this, error);
        Volatile.Read(ref _second)?.Range.Abandon(ReadErrors.Overtaken());
    }

    /// <summary>The rest is asked for a second time; that is given up when this range ends first.</summary>
    internal void Attach(OwnedRange second)
    {
        // A full fence: either this sees the end, or the end sees this.
        Interlocked.Exchange(ref _second, second);
        if (State == RangeState.Ended) second.Range.Abandon(ReadErrors.Overtaken());
    }

    /// <summary>Notes bytes that another request has brought. Downloader's lock.</summary>
    /// <param name="start">Where in the range they begin; not behind what is checked.</param>
    /// <param name="bytes">Checked bytes, to the range's end.</param>
    internal void Replace(int start, byte[] bytes) => (_replacementStart, _replacement) = (start, bytes);

    /// <summary>Counts checked bytes.</summary>
    internal void AddProgress(int bytes) => progress?.Add(bytes);

    /// <summary>Notes the CRC32C of a chunk that was placed. Downloader's lock, so the chunks come in their order.</summary>
    internal void AppendCrc(int position, uint crc, int length)
    {
        if (_crcCovers != position) return;
        _crc = position == 0 ? crc : Memory.Crc32C.Combine(_crc, crc, length);
        _crcCovers += length;
    }

    /// <summary>Bytes were taken back: what was combined covers too many. Downloader's lock.</summary>
    internal void ForgetCrc() => _crcCovers = Filled == 0 ? 0 : -1;

    private OutOfMemoryException? TakeReplacement()
    {
        var start = Filled;
        var rest = _replacement.AsSpan(start - _replacementStart);
        try
        {
            View.Bind(Length);
        }
        catch (OutOfMemoryException e)
        {
            return e;
        }

        View.Complete(rest);
        AppendCrc(start, Memory.Crc32C.Compute(rest), rest.Length);
        AddProgress(rest.Length);
        return null;
    }
}
