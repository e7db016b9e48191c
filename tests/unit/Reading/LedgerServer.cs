using ZonalStorage.Memory;
using ZonalStorage.Protocol;
using ZonalStorage.Reading;
using ZonalStorage.TestSupport;

namespace ZonalStorage.Tests.Reading;

/// <summary>A ledger, a server that misbehaves as chance has it, and copy workers that take their time; one thread.</summary>
/// <remarks>
/// It never lies consistently, which nobody could find out: content that is not that of its label comes with a checksum that does
/// not fit, and content of another place under that place's label.
/// </remarks>
internal sealed unsafe class LedgerServer
{
    public const int Size = 5000;

    private const int Largest = 600;

    private static readonly byte[] _truth = Pin(SplitMixContent.Bytes(0, Size + Largest));

    private readonly Random _random;
    private readonly RangeLedger _ledger;
    private readonly bool _allowsMissing;
    private readonly bool _isFinalized;
    private readonly byte[] _damaged = GC.AllocateUninitializedArray<byte>(1 << 16, pinned: true);
    private readonly List<Request> _requests = [];
    private readonly List<Sent> _sent = [];
    private readonly List<Pass> _passes = [];
    private readonly List<Read> _reads = [];
    private int _damagedAt;

    public LedgerServer(int seed)
    {
        _random = new Random(seed);
        _allowsMissing = _random.Next(4) == 0;
        _isFinalized = _random.Next(3) > 0;
        _ledger = new RangeLedger(_allowsMissing);
    }

    /// <summary>Reads that ended with all of their bytes, with an error, and because they were given up.</summary>
    public (int Whole, int Failed, int Abandoned) Outcomes { get; private set; }

    /// <summary>Reads some ranges to their ends.</summary>
    /// <exception cref="InvalidOperationException">A read ended twice or never, with wrong bytes, or left something behind.</exception>
    public void Run()
    {
        for (var i = _random.Next(1, 9); i > 0; i--) Add();
        var mischief = _random.Next(40);
        while (_reads.Exists(static r => !r.HasEnded))
        {
            Step(mischief-- > 0);
            if (mischief < -100_000) throw new InvalidOperationException("A read never ends.");
            // It ended another range in the place of one, which the watch over stalled streams finds.
            if (mischief < 0 && _requests.Count + _passes.Count == 0 && _ledger.IsAwaiting) _ledger.OnStreamLost();
        }

        while (_passes.Count > 0) EndPass();
        if (_ledger is not { IsIdle: true, Outstanding: 0, InFlightBytes: 0, WaitingCount: 0 })
            throw new InvalidOperationException("The ledger counts what is no more.");
    }

    private void Add()
    {
        var offset = _random.Next(Size);
        var length = _random.Next(1, Largest);
        var read = new Read(this, offset, length);
        _reads.Add(read);
        _ledger.Add(read.Range);
    }

    private void Step(bool isMischievous)
    {
        switch (_random.Next(isMischievous ? 14 : 10))
        {
            case < 3 when _ledger.PeekNext() is not null:
                var range = _ledger.TakeNext(TimeSpan.Zero);
                _requests.Add(new Request(range.ReadId, range.NextOffset, (int)Math.Clamp(Size - range.NextOffset, 0, range.Remaining)));
                break;
            case < 7 when _requests.Count > 0:
                Send(_requests[_random.Next(_requests.Count)], isMischievous);
                break;
            case < 10 when _passes.Count > 0:
                EndPass();
                break;
            case 10 when _sent.Count > 0:
                // Once more, however late.
                Deliver(_sent[_random.Next(_sent.Count)]);
                break;
            case 11 when _random.Next(3) == 0:
                _requests.Clear();
                _ledger.OnStreamLost();
                break;
            case 12 when _random.Next(3) == 0:
                Tell(_ledger.Abandon(_reads[_random.Next(_reads.Count)].Range, new OperationCanceledException()));
                break;
            case 13 when _random.Next(3) == 0 && _reads[_random.Next(_reads.Count)] is { HasEnded: false } read:
                var start = _random.Next(read.Range.Filled + 1);
                if (read.Range.View.PassesUnderWay == 0 && read.Offset + read.Range.Length <= Size)
                    Tell(_ledger.Replace(read.Range, start, _truth[((int)read.Offset + start)..((int)read.Offset + read.Range.Length)]));
                break;
        }
    }

    private void Send(Request request, bool isMischievous)
    {
        var length = Math.Min(request.Left, _random.Next(1, 200));
        var sent = new Sent(request.Id, request.Next, length, Start(request.Next), Label: length, Crc(request.Next, length), IsEnd: false);
        var doesAdvance = true;
        if (isMischievous)
        {
            switch (_random.Next(12))
            {
                case 0:
                    // Of another place, honestly labelled so.
                    var place = _random.Next(Size - 200);
                    sent = sent with { Offset = place, Start = Start(place), Length = 200, Label = 200, Crc = Crc(place, 200) };
                    doesAdvance = false;
                    break;
                case 1:
                    sent = sent with { Offset = Math.Max(0, sent.Offset - _random.Next(1, 50)) };
                    sent = sent with { Start = Start(sent.Offset), Crc = Crc(sent.Offset, length) };
                    break;
                case 2:
                    sent = sent with { Label = length + _random.Next(-length, 50) };
                    break;
                case 3:
                    sent = sent with { Crc = null };
                    break;
                case 4:
                    sent = sent with { Start = Damage(sent) };
                    break;
                case 5:
                    sent = sent with { Crc = sent.Crc ^ 1 };
                    break;
                case 6:
                    sent = sent with { IsEnd = true };
                    break;
                case 7:
                    // Later before earlier.
                    if (request.Left <= length) break;
                    var later = request.Next + length;
                    var rest = request.Left - length;
                    Deliver(new Sent(request.Id, later, rest, Start(later), rest, Crc(later, rest), IsEnd: true));
                    break;
                case 8:
                    // More than was asked for, up to the end of the object and beyond.
                    var more = Math.Min(length + Largest, Size + Largest - (int)sent.Offset);
                    if (more > 0) sent = sent with { Length = more, Label = more, Crc = Crc(sent.Offset, more) };
                    break;
                case 9:
                    sent = sent with { Id = _random.Next(50) };
                    doesAdvance = false;
                    break;
                case 10:
                    sent = sent with { Offset = _random.NextInt64(), Label = (int)_random.NextInt64() };
                    doesAdvance = false;
                    break;
            }
        }

        if (doesAdvance)
        {
            request.Next += length;
            request.Left -= length;
        }

        if (request.Left == 0)
        {
            _requests.Remove(request);
            sent = sent with { IsEnd = true };
        }

        Deliver(sent);
    }

    private void Deliver(in Sent sent)
    {
        if (_sent.Count < 20) _sent.Add(sent);
        ReadOnlySpan<Fragment> fragments = [new Fragment((byte*)sent.Start, Math.Max(1, sent.Length))];
        var chunk = new ReadChunk
        {
            ReadId = sent.Id, Offset = sent.Offset, Length = sent.Label, Crc32C = sent.Crc, IsRangeEnd = sent.IsEnd,
            Content = sent.Length == 0 ? default : new FragmentSequence(fragments, 0, sent.Length),
        };
        var waiting = _ledger.WaitingCount;
        var place = _ledger.Place(chunk, Size, _isFinalized, out var step);
        Tell(step, waiting);
        if (place.Range is null) return;
        _passes.Add(new Pass(place, sent));
        // Most are copied in place, as where there are no workers.
        if (_random.Next(3) > 0) EndPass();
    }

    private void EndPass()
    {
        var index = _random.Next(_passes.Count);
        var (place, sent) = _passes[index];
        _passes.RemoveAt(index);
        var crc = place.Range!.View.Copy(place.Position, place.Count, [new Fragment((byte*)sent.Start, sent.Length)]);
        var waiting = _ledger.WaitingCount;
        Tell(_ledger.EndPass(place.Range, place.Position, sent.Crc is null || crc == sent.Crc, Size), waiting);
    }

    private void Tell(in LedgerStep step, int waitingBefore)
    {
        if (_ledger.WaitingCount > waitingBefore && !step.IsWaiting)
            throw new InvalidOperationException("A range waits to be asked for, and nobody is told.");
        Tell(step);
    }

    private static void Tell(in LedgerStep step)
    {
        if (step.Ended is not { } range) return;
        range.Finish(range.EndReason ?? (step.Fault == RangeFault.None ? null : new IOException(step.Fault.ToString())));
    }

    private void OnEnded(Read read, Exception? error)
    {
        var (whole, failed, abandoned) = Outcomes;
        Outcomes = error switch
        {
            null => (whole + 1, failed, abandoned),
            OperationCanceledException => (whole, failed, abandoned + 1),
            _ => (whole, failed + 1, abandoned),
        };
        if (_passes.Exists(p => p.Place.Range == read.Range)) throw new InvalidOperationException("Ended while somebody writes to it.");
        if (error is not null) return;
        // What is not finalized may have grown beyond the size that was told.
        var least = (int)Math.Min(read.Range.Length, Size - read.Offset);
        if (read.Range.Filled < least || (_isFinalized && read.Range.Filled > least)) throw new InvalidOperationException("Wrong length.");
        var expected = _truth.AsSpan((int)read.Offset, read.Range.Filled);
        if (!read.Bytes.AsSpan(0, read.Range.Filled).SequenceEqual(expected)) throw new InvalidOperationException("Wrong bytes.");
        if (read.Range.Crc32C is { } crc && crc != Crc32C.Compute(expected)) throw new InvalidOperationException("Wrong checksum.");
    }

    private nint Damage(in Sent sent)
    {
        if (_damagedAt + sent.Length > _damaged.Length) _damagedAt = 0;
        var place = _damaged.AsSpan(_damagedAt, sent.Length);
        new ReadOnlySpan<byte>((byte*)sent.Start, sent.Length).CopyTo(place);
        place[_random.Next(place.Length)] ^= (byte)_random.Next(1, 256);
        fixed (byte* start = place)
        {
            _damagedAt += sent.Length;
            return (nint)start;
        }
    }

    private static nint Start(long offset)
    {
        // Pinned.
        fixed (byte* start = _truth) return (nint)(start + offset);
    }

    private static uint Crc(long offset, int length) => Crc32C.Compute(_truth.AsSpan((int)offset, length));

    private static byte[] Pin(byte[] bytes)
    {
        var pinned = GC.AllocateUninitializedArray<byte>(bytes.Length, pinned: true);
        bytes.CopyTo(pinned, 0);
        return pinned;
    }

    private readonly record struct Sent(long Id, long Offset, int Length, nint Start, int Label, uint? Crc, bool IsEnd);

    private readonly record struct Pass(ChunkPlace Place, Sent Sent);

    private sealed class Request(long id, long next, int left)
    {
        public long Id => id;

        public long Next { get; set; } = next;

        public int Left { get; set; } = left;
    }

    private sealed class Read : IRangeOwner
    {
        private readonly LedgerServer _server;

        public Read(LedgerServer server, long offset, int length)
        {
            _server = server;
            Offset = offset;
            Bytes = new byte[length];
            Range = new RangeRead(offset, MemmoveView.Over(Bytes), this, progress: null);
        }

        public long Offset { get; }

        public byte[] Bytes { get; }

        public RangeRead Range { get; }

        public bool HasEnded { get; private set; }

        public void OnRangeCompleted(RangeRead range, Exception? error)
        {
            if (HasEnded) throw new InvalidOperationException("Ended twice.");
            HasEnded = true;
            _server.OnEnded(this, error);
        }
    }
}
