using Xunit;
using ZonalStorage.Memory;
using ZonalStorage.Protocol;
using ZonalStorage.Reading;
using ZonalStorage.Transport.Grpc;

namespace ZonalStorage.Tests.Reading;

/// <summary>What a chunk means for its range, where a worker's check of an earlier one has failed.</summary>
public sealed class RangeReadTests
{
    private const int Half = 1000;
    private const int Length = 2 * Half;

    private readonly MemmoveView _view = MemmoveView.Over(new byte[Length]);

    [Theory]
    [InlineData(Half, Half)]
    [InlineData(0, Length)]
    public void What_follows_a_damaged_chunk_is_damage_and_no_gap(int count, int offset)
    {
        var range = FailFirstHalf();
        Assert.Equal(RangeStep.Damaged, Accept(range, offset, count, isEnd: true));
    }

    [Fact]
    public void Asked_again_a_gap_is_a_gap_and_the_right_bytes_complete_it()
    {
        var range = FailFirstHalf();
        range.Restart();
        Assert.Equal(RangeStep.Gap, Accept(range, Half, Half, isEnd: false));
        Assert.Equal(RangeStep.Continue, Accept(range, 0, Half, isEnd: false));
        Assert.Equal(RangeStep.Completed, Accept(range, Half, Half, isEnd: true));
    }

    [Fact]
    public void Damage_is_told_by_the_last_check_to_end()
    {
        var range = new RangeRead(0, _view, new Nobody(), progress: null);
        _view.Begin(0, Half);
        _view.Begin(Half, Half);
        // Told now, the rest would be asked for from behind the second half, and what comes then could not be placed.
        Assert.Equal(RangeStep.Continue, HandBack(range, 0, isGood: false));
        Assert.False(range.WasTakenBack);
        Assert.Equal(RangeStep.Damaged, HandBack(range, Half, isGood: true));
        Assert.Equal(0, range.Filled);
    }

    [Fact]
    public void A_second_request_that_finds_no_memory_ends_the_first()
    {
        var owner = new Nobody();
        var range = new RangeRead(0, MemmoveView.Over(new NoMemory()), owner, progress: null);
        range.FinishWith(0, new byte[Length]);
        Assert.IsType<InsufficientMemoryException>(owner.Error);
    }

    // A worker found the first half damaged; nobody has been told yet.
    private RangeRead FailFirstHalf()
    {
        var range = new RangeRead(0, _view, new Nobody(), progress: null);
        Assert.Equal(MemmoveView.Begun.Yes, _view.Begin(0, Half));
        Assert.Equal(RangeStep.Damaged, HandBack(range, 0, isGood: false));
        return range;
    }

    private static unsafe RangeStep HandBack(RangeRead range, int position, bool isGood)
    {
        var bytes = new byte[Half];
        var crc = Crc32C.Compute(bytes) ^ (isGood ? 0u : 1u);
        fixed (byte* start = bytes) return range.CopyHandedOver(position, Half, [new Fragment(start, Half)], crc);
    }

    private static unsafe RangeStep Accept(RangeRead range, int offset, int count, bool isEnd)
    {
        var bytes = new byte[Length];
        fixed (byte* start = bytes)
        {
            ReadOnlySpan<Fragment> fragments = [new Fragment(start, bytes.Length)];
            var chunk = new ReadChunk
            {
                Offset = offset,
                Content = new FragmentSequence(fragments, 0, count),
                IsRangeEnd = isEnd,
            };
            return range.Accept(chunk, new GrpcMessage(fragments, bytes.Length), 0, static (_, _, _) => { });
        }
    }

    private sealed class Nobody : IRangeOwner
    {
        public Exception? Error { get; private set; }

        public void OnRangeCompleted(RangeRead range, Exception? error) => Error = error;
    }

    private sealed class NoMemory : ILateMemory
    {
        public int Length => RangeReadTests.Length;

        public Memory<byte> Bind() => throw new InsufficientMemoryException();
    }
}
