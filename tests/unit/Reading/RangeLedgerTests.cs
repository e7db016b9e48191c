using Xunit;
using ZonalStorage.Memory;
using ZonalStorage.Protocol;
using ZonalStorage.Reading;

namespace ZonalStorage.Tests.Reading;

/// <summary>What chunks mean for ranges, whatever a server sends.</summary>
public sealed unsafe class RangeLedgerTests
{
    private const int Half = 1000;
    private const int Length = 2 * Half;
    private const int Size = 10_000;
    private const int Offset = 3000;

    private readonly RangeLedger _ledger = new();
    private readonly Owner _owner = new();
    private readonly RangeRead _range;

    public RangeLedgerTests()
    {
        _range = new RangeRead(Offset, MemmoveView.Over(new byte[Length]), _owner, progress: null);
        _ledger.Add(_range);
        _ledger.TakeNext(TimeSpan.Zero);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void No_wrong_byte_comes_out_whatever_is_sent(int part)
    {
        var (whole, failed, abandoned) = (0, 0, 0);
        for (var i = 0; i < 10_000; i++)
        {
            var server = new LedgerServer(seed: part * 1_000_000 + i);
            server.Run();
            whole += server.Outcomes.Whole;
            failed += server.Outcomes.Failed;
            abandoned += server.Outcomes.Abandoned;
        }

        // Or else it has not tried much.
        Assert.True(whole + failed + abandoned > 30_000 && whole > 20_000 && failed > 500 && abandoned > 500, $"{whole}, {failed}, {abandoned}");
    }

    [Theory]
    [InlineData(-1, Length, 0, nameof(RangeFault.Overlap))]
    [InlineData(-Offset, Length, 0, nameof(RangeFault.Overlap))]
    [InlineData(1, Half, 0, nameof(RangeFault.Gap))]
    [InlineData(0, Half, Half - 1, nameof(RangeFault.WrongLength))]
    [InlineData(0, Half, Half + 1, nameof(RangeFault.WrongLength))]
    [InlineData(0, Half, -1, nameof(RangeFault.WrongLength))]
    [InlineData(0, Size - Offset + 1, 0, nameof(RangeFault.BeyondEnd))]
    public void A_label_that_does_not_fit_is_damage(int shift, int count, int label, string expected)
    {
        var fault = Enum.Parse<RangeFault>(expected);
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(new LedgerStep(null, fault, IsWaiting: true), Refused(shift, count, label));
            Assert.Equal(0, _range.Filled);
            Assert.Same(_range, _ledger.TakeNext(TimeSpan.Zero));
        }

        Assert.Equal(new LedgerStep(_range, fault), Refused(shift, count, label));
        Assert.True(_ledger.IsIdle);
    }

    [Fact]
    public void A_chunk_without_checksum_is_asked_for_once_more_and_refused_then()
    {
        Assert.Equal(new LedgerStep(null, RangeFault.ChecksumMissing, IsWaiting: true), Refused(0, Half, 0, hasCrc: false));
        _ledger.TakeNext(TimeSpan.Zero);
        Assert.Equal(new LedgerStep(_range, RangeFault.ChecksumMissing), Refused(0, Half, 0, hasCrc: false));
    }

    [Fact]
    public void What_follows_a_damaged_chunk_on_its_id_is_dropped_and_asked_for_again_from_the_last_checked_byte()
    {
        var first = Place(0, Half).Place;
        var second = Place(Half, 500).Place;
        Assert.Equal(default, _ledger.EndPass(_range, second.Position, isGood: false, Size));
        Assert.Null(Place(Half + 500, 500).Place.Range);
        Assert.True(_ledger.EndPass(_range, first.Position, isGood: true, Size).IsAskedAgain);
        Assert.Equal(Half, _range.Filled);
        Assert.Equal(Offset + Half, _ledger.TakeNext(TimeSpan.Zero).NextOffset);
        var rest = Place(Half, Half).Place;
        Assert.Equal(new LedgerStep(_range), _ledger.EndPass(_range, rest.Position, isGood: true, Size));
    }

    [Fact]
    public void A_range_that_is_given_up_ends_when_nobody_writes_to_it_any_more()
    {
        var (place, _) = Place(0, Half);
        Assert.Equal(default, _ledger.Abandon(_range, new OperationCanceledException()));
        Assert.Equal(Length - Half, _ledger.CancelledInFlight);
        Assert.Equal(new LedgerStep(_range), _ledger.EndPass(_range, place.Position, isGood: true, Size));
        Assert.True(_ledger.IsIdle);
    }

    [Fact]
    public void A_range_whose_stream_is_lost_is_asked_for_again_when_its_copies_have_ended()
    {
        var (place, _) = Place(0, Half);
        _ledger.OnStreamLost();
        Assert.Null(_ledger.PeekNext());
        // Told, or nobody would ask for it: its stream has ended before.
        var step = _ledger.EndPass(_range, place.Position, isGood: true, Size);
        Assert.Equal((true, false), (step.IsWaiting, step.IsAskedAgain));
        Assert.Equal(Half, _ledger.PeekNext());
    }

    [Fact]
    public void A_second_request_that_finds_no_memory_ends_the_first()
    {
        var range = new RangeRead(0, MemmoveView.Over(new NoMemory()), _owner, progress: null);
        _ledger.Add(range);
        _ledger.Replace(range, 0, new byte[Length]).Ended!.Finish(error: null);
        Assert.IsType<InsufficientMemoryException>(_owner.Error);
    }

    [Fact]
    public void Surplus_bytes_of_the_last_chunk_are_dropped()
    {
        var (place, _) = Place(0, Length + 5);
        Assert.Equal(Length, place.Count);
        Assert.Equal(new LedgerStep(_range), _ledger.EndPass(_range, place.Position, isGood: true, Size));
        Assert.Null(_range.Crc32C);
    }

    private LedgerStep Refused(int shift, int count, int label, bool hasCrc = true)
    {
        var (place, step) = Place(shift, count, label, hasCrc);
        Assert.Null(place.Range);
        return step;
    }

    private (ChunkPlace Place, LedgerStep Step) Place(int shift, int count, int label = 0, bool hasCrc = true)
    {
        var bytes = new byte[count];
        fixed (byte* start = bytes)
        {
            ReadOnlySpan<Fragment> fragments = [new Fragment(start, bytes.Length)];
            var chunk = new ReadChunk
            {
                ReadId = _ledger.AskedCount, Offset = Offset + shift, Length = label, Crc32C = hasCrc ? Crc32C.Compute(bytes) : null,
                Content = new FragmentSequence(fragments, 0, count),
            };
            return (_ledger.Place(chunk, Size, isFinalized: true, out var step), step);
        }
    }

    private sealed class Owner : IRangeOwner
    {
        public Exception? Error { get; private set; }

        public void OnRangeCompleted(RangeRead range, Exception? error) => Error = error;
    }

    private sealed class NoMemory : ILazyBuffer
    {
        public int Length => RangeLedgerTests.Length;

        public Memory<byte> Bind(long available) => throw new InsufficientMemoryException();
    }
}
