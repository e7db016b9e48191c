using Xunit;
using ZonalStorage.Memory;
using ZonalStorage.Reading;
using ZonalStorage.TestSupport;

namespace ZonalStorage.Tests.Prefetching;

/// <summary>Reads come at once; what is read ahead comes when the test says so.</summary>
internal sealed class RecordingSource(long size) : IRangeSource
{
    public List<RangeRead> Asked { get; } = [];

    public List<(long Offset, int Length)> Filled { get; } = [];

    public long Size => size;

    /// <summary>Ends a range before a byte of it has come, as if the object had ended.</summary>
    public static void EndShort(RangeRead range)
    {
        range.State = RangeState.Ended;
        range.Finish(error: null);
    }

    /// <summary>Has what was asked for come, as the content formula says.</summary>
    /// <param name="most">Ranges at most, the first first.</param>
    public unsafe void Deliver(int most = int.MaxValue)
    {
        foreach (var range in Asked)
        {
            if (range.State == RangeState.Ended) continue;
            if (most-- == 0) return;
            var bytes = SplitMixContent.Bytes(range.Offset, range.Length);
            range.View.Bind(range.Length);
            var position = range.View.Begin(range.Length);
            fixed (byte* start = bytes)
            {
                ReadOnlySpan<Fragment> fragments = [new Fragment(start, bytes.Length)];
                Assert.Equal(Crc32C.Compute(bytes), range.View.Copy(position, bytes.Length, fragments));
            }

            Assert.Equal(MemmoveView.Ended.Verified, range.View.End(position, isGood: true));
            range.State = RangeState.Ended;
            range.Finish(error: null);
        }
    }

    public int MaximumStreams => 4;

    public void Add(IReadOnlyList<RangeRead> ranges, int streams) => Asked.AddRange(ranges);

    public Task<uint> FillAsync(
        long offset, Memory<byte> destination, ZonalProgress? progress, CancellationToken cancellationToken)
    {
        Filled.Add((offset, destination.Length));
        SplitMixContent.Bytes(offset, destination.Length).CopyTo(destination);
        return Task.FromResult(Crc32C.Compute(destination.Span));
    }
}
