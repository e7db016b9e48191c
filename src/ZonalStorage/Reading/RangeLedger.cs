using ZonalStorage.Protocol;

namespace ZonalStorage.Reading;

/// <summary>Where the bytes of a chunk belong, or that it is dropped.</summary>
/// <param name="Range">Whose it is; null to drop it.</param>
/// <param name="Position">Where in the range its pass begins.</param>
/// <param name="Count">Bytes of it that the range lacks; what it has beyond them is only checked.</param>
internal readonly record struct ChunkPlace(RangeRead? Range, int Position, int Count);

/// <summary>What a step of the ledger has come to.</summary>
/// <param name="Ended">A range that has ended, whose owner is to be told; null for none.</param>
/// <param name="Fault">What the server did wrong, if that is why it ended or waits.</param>
/// <param name="IsWaiting">True if a range waits to be asked for again: somebody must see to it that it is.</param>
internal readonly record struct LedgerStep(RangeRead? Ended, RangeFault Fault = RangeFault.None, bool IsWaiting = false)
{
    /// <summary>True if a range is asked for again because of what came.</summary>
    public bool IsAskedAgain => IsWaiting && Fault != RangeFault.None;
}

/// <summary>The ranges of one downloader: which wait, which are in flight, what is placed where, and what becomes of each.</summary>
/// <remarks>
/// <para>
/// Pure: no I/O, no lock, no clock, nobody called. The downloader's lock guards it, and whatever ends is told by the downloader
/// outside of it. A range gets a new read id each time it is asked for, so late chunks of an earlier request are nobody's.
/// </para>
/// <para>
/// A chunk counts only where its label says exactly what is due: next byte, its own length, inside the object. Anything else,
/// and a checksum that is wrong or missing, is a fault: the id is given up, the range is asked for again from its last checked
/// byte under a new one, and after some faults at one place it ends. A range whose copies are under way is neither asked for nor
/// ended before the last of them has ended, so that bytes are never expected where others may still be taken back.
/// </para>
/// </remarks>
/// <param name="allowsMissingChecksums">True to take chunks without a checksum as they are.</param>
internal sealed class RangeLedger(bool allowsMissingChecksums = false)
{
    /// <summary>Ranges in one message at most (storage.proto, BidiReadObjectRequest.read_ranges).</summary>
    public const int RangesPerMessage = 100;

    // The service's clients advise about this for "many"; more would only make a broken stream dearer.
    private const int MaximumInFlight = 1000;

    // The same place failing so often is no accident of the network.
    private const int MaximumFailures = 3;

    // A server that sends no checksum does so on purpose: once more, to tell it from damage to the field.
    private const int MaximumMissingChecksums = 2;

    private readonly Dictionary<long, RangeRead> _inFlight = [];
    private readonly Queue<RangeRead> _returned = new();
    private readonly Queue<RangeRead> _waiting = new();
    private long _nextId = 1;
    private long _outstanding;
    private int _waitingCount;
    private int _living;

    /// <summary>Bytes asked for, or waiting to be, that have not come: what new ranges would wait for. Any thread.</summary>
    public long Outstanding => Interlocked.Read(ref _outstanding);

    /// <summary>Bytes that were asked for and have not come.</summary>
    public long InFlightBytes { get; private set; }

    /// <summary>Bytes that may still come for ranges that were cancelled, or are asked for anew.</summary>
    public long CancelledInFlight { get; private set; }

    /// <summary>True if no range is anywhere on its way.</summary>
    public bool IsIdle => _living == 0;

    /// <summary>True if bytes are awaited.</summary>
    public bool IsAwaiting => _inFlight.Count > 0;

    /// <summary>Ranges that wait to be asked for.</summary>
    public int WaitingCount => _waitingCount;

    /// <summary>True if ranges wait and there is room: a full message at a time where that many wait, not one per range that ends.</summary>
    public bool CanAsk => _waitingCount > 0 && _inFlight.Count <= MaximumInFlight - Math.Min(_waitingCount, RangesPerMessage);

    /// <summary>Ranges that were asked for so far.</summary>
    public long AskedCount => _nextId - 1;

    /// <summary>Ranges in flight.</summary>
    public IEnumerable<RangeRead> InFlight => _inFlight.Values;

    /// <summary>True for the id of a range in flight.</summary>
    public bool IsInFlight(long readId) => _inFlight.ContainsKey(readId);

    /// <summary>A range in flight.</summary>
    public RangeRead this[long readId] => _inFlight[readId];

    /// <summary>Takes a range in, to be asked for. One that was given up before is left alone.</summary>
    public void Add(RangeRead range)
    {
        if (range.State != RangeState.New) return;
        _living++;
        Wait(range, _waiting);
    }

    /// <summary>Bytes of the range that is to be asked for next; null if none waits or no more may be in flight.</summary>
    public int? PeekNext()
    {
        if (_inFlight.Count >= MaximumInFlight) return null;
        return TryPeek(_returned, out var range) || TryPeek(_waiting, out range) ? range.Remaining : null;
    }

    /// <summary>Takes the range that is to be asked for now, from its next byte on, under its new id; there is one.</summary>
    public RangeRead TakeNext(TimeSpan now)
    {
        var range = TryPeek(_returned, out _) ? _returned.Dequeue() : _waiting.Dequeue();
        _waitingCount--;
        range.State = RangeState.InFlight;
        range.ReadId = _nextId++;
        range.IsEndedByServer = false;
        range.QuietSince = now;
        InFlightBytes += range.Outstanding;
        _inFlight.Add(range.ReadId, range);
        return range;
    }

    /// <summary>A chunk has come: says where it belongs and begins its pass, or what else becomes of it.</summary>
    /// <param name="chunk">The chunk.</param>
    /// <param name="size">Bytes of the object.</param>
    /// <param name="isFinalized">True if the object has no more than that for ever.</param>
    /// <param name="step">What is to be told, where it begins no pass.</param>
    /// <exception cref="OutOfMemoryException">There is no memory for the range, which is as if the chunk had not come.</exception>
    public ChunkPlace Place(in ReadChunk chunk, long size, bool isFinalized, out LedgerStep step)
    {
        step = default;
        var length = chunk.Content.Length;
        if (!_inFlight.TryGetValue(chunk.ReadId, out var range))
        {
            // Of a cancelled or a finished range (servers repeat the end marker): legal, and of no use.
            CancelledInFlight = Math.Max(0, CancelledInFlight - length);
            return default;
        }

        if (length > 0 && Check(range, chunk, size, isFinalized) is not RangeFault.None and var fault)
        {
            Detach(range, length);
            range.Fault = fault;
            step = SettleIfVerified(range, size);
            return default;
        }

        range.IsEndedByServer |= chunk.IsRangeEnd;
        if (length == 0)
        {
            step = SettleIfVerified(range, size);
            return default;
        }

        range.View.Bind(Math.Max(0, size - range.Offset));
        var count = Math.Min(length, range.Remaining);
        var position = range.View.Begin(count);
        Count(range, -count);
        // Of a chunk that is longer than the range nobody said a checksum of its first bytes.
        if (chunk.Crc32C is { } crc && count == length) range.AppendCrc(position, crc, count);
        if (range.Remaining == 0) Detach(range, come: 0);
        return new ChunkPlace(range, position, count);
    }

    /// <summary>A pass has ended.</summary>
    /// <param name="range">Its range.</param>
    /// <param name="position">Where it began.</param>
    /// <param name="isGood">False if the check failed.</param>
    /// <param name="size">Bytes of the object.</param>
    public LedgerStep EndPass(RangeRead range, int position, bool isGood, long size)
    {
        // What follows on this id would be taken back with it.
        if (!isGood && range.State == RangeState.InFlight) Detach(range, come: 0);
        switch (range.View.End(position, isGood))
        {
            case Memory.MemmoveView.Ended.Pending:
                return default;
            case Memory.MemmoveView.Ended.TakenBack:
                range.Fault = RangeFault.Checksum;
                range.ForgetCrc();
                break;
        }

        return Settle(range, size);
    }

    /// <summary>The stream is gone: what was asked for on it is asked for again, as soon as nothing of it is under way.</summary>
    public void OnStreamLost()
    {
        CancelledInFlight = 0;
        // In the order in which they were asked for.
        foreach (var range in _inFlight.Values.OrderBy(static r => r.ReadId))
        {
            InFlightBytes -= range.Outstanding;
            if (range.View.PassesUnderWay > 0) range.State = RangeState.PendingVerification;
            else Wait(range, _returned);
        }

        _inFlight.Clear();
    }

    /// <summary>Gives a range up; it has ended when nothing of it is under way any more.</summary>
    public LedgerStep Abandon(RangeRead range, Exception reason)
    {
        if (range.State == RangeState.Ended || range.EndReason is not null || range.IsReplaced) return default;
        range.EndReason = reason;
        return EndIfVerified(range);
    }

    /// <summary>Ends a range by bytes that another request has brought, as soon as nothing of it is under way.</summary>
    /// <inheritdoc cref="RangeRead.Replace"/>
    public LedgerStep Replace(RangeRead range, int start, byte[] bytes)
    {
        if (range.State == RangeState.Ended || range.EndReason is not null || range.IsReplaced) return default;
        range.Replace(start, bytes);
        return EndIfVerified(range);
    }

    /// <summary>Every range that is on its way, to be given up one by one.</summary>
    public List<RangeRead> Living()
    {
        var living = new List<RangeRead>(_inFlight.Values);
        living.AddRange(_returned.Concat(_waiting).Where(static r => r.State == RangeState.Waiting));
        return living;
    }

    private RangeFault Check(RangeRead range, in ReadChunk chunk, long size, bool isFinalized)
    {
        var length = chunk.Content.Length;
        if (chunk.Offset != range.NextOffset) return chunk.Offset < range.NextOffset ? RangeFault.Overlap : RangeFault.Gap;
        // proto3 cannot tell a length of 0 from none: content is not contradicted by it.
        if (chunk.Length != 0 && chunk.Length != length) return RangeFault.WrongLength;
        if (isFinalized && length > size - chunk.Offset) return RangeFault.BeyondEnd;
        return chunk.Crc32C is null && !allowsMissingChecksums ? RangeFault.ChecksumMissing : RangeFault.None;
    }

    private LedgerStep EndIfVerified(RangeRead range)
    {
        if (range.State == RangeState.InFlight) Detach(range, come: 0);
        return range.View.PassesUnderWay == 0 ? End(range) : default;
    }

    private LedgerStep SettleIfVerified(RangeRead range, long size) =>
        range.View.PassesUnderWay == 0 ? Settle(range, size) : default;

    /// <summary>Nothing of a range is pending verification: says what becomes of it.</summary>
    private LedgerStep Settle(RangeRead range, long size)
    {
        if (range.EndReason is not null || range.IsReplaced) return End(range);
        if (range.Fault == RangeFault.None)
        {
            if (range.Remaining == 0) return End(range);
            if (range.IsEndedByServer && range.NextOffset < size) range.Fault = RangeFault.EndedShort;
            else if (range.IsEndedByServer) return End(range);
            else if (range.State != RangeState.PendingVerification) return default;
            else return WaitAgain(range);
        }

        if (range.State == RangeState.InFlight) Detach(range, come: range.Remaining);
        range.Failures = range.Filled > range.FailedAt ? 1 : range.Failures + 1;
        range.FailedAt = range.Filled;
        var fault = range.Fault;
        if (range.Failures >= (fault == RangeFault.ChecksumMissing ? MaximumMissingChecksums : MaximumFailures))
            return End(range) with { Fault = fault };
        return WaitAgain(range);
    }

    /// <summary>Its stream is gone, or brought it wrong: it waits once more.</summary>
    private LedgerStep WaitAgain(RangeRead range)
    {
        var fault = range.Fault;
        range.Fault = RangeFault.None;
        Wait(range, _returned);
        return new LedgerStep(Ended: null, fault, IsWaiting: true);
    }

    private LedgerStep End(RangeRead range)
    {
        if (range.State == RangeState.InFlight) Detach(range, come: range.Remaining);
        if (range.State == RangeState.Waiting) _waitingCount--;
        // New for one that was given up between its downloader's choice and this.
        if (range.State != RangeState.New) _living--;
        Count(range, -range.Outstanding);
        range.State = RangeState.Ended;
        if (_waitingCount == 0)
        {
            // Only ranges that ended while they waited: they must not keep their memory.
            _waiting.Clear();
            _returned.Clear();
        }

        return new LedgerStep(range);
    }

    /// <summary>Takes a range off its id: what still comes under it is dropped.</summary>
    /// <param name="range">In flight.</param>
    /// <param name="come">Bytes of it that have just come and are not counted, or that will not come.</param>
    private void Detach(RangeRead range, int come)
    {
        _inFlight.Remove(range.ReadId);
        InFlightBytes -= range.Outstanding;
        CancelledInFlight += Math.Max(0, range.Remaining - come);
        range.State = RangeState.PendingVerification;
    }

    private void Wait(RangeRead range, Queue<RangeRead> queue)
    {
        range.State = RangeState.Waiting;
        Count(range, range.Remaining - range.Outstanding);
        _waitingCount++;
        queue.Enqueue(range);
    }

    private void Count(RangeRead range, long bytes)
    {
        range.Outstanding += bytes;
        if (range.State == RangeState.InFlight) InFlightBytes += bytes;
        Interlocked.Add(ref _outstanding, bytes);
    }

    private static bool TryPeek(Queue<RangeRead> queue, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out RangeRead? range)
    {
        // Those that ended while they waited are nobody's any more.
        while (queue.TryPeek(out range))
        {
            if (range.State == RangeState.Waiting) return true;
            queue.Dequeue();
        }

        return false;
    }
}
