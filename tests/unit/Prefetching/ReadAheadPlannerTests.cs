using FsCheck;
using FsCheck.Fluent;
using Xunit;
using ZonalStorage.Prefetching;
using ZonalStorage.Reading;

namespace ZonalStorage.Tests.Prefetching;

public sealed class ReadAheadPlannerTests
{
    private const int MiB = 1 << 20;

    [Theory]
    [InlineData(0, MiB / 16)]
    [InlineData(MiB, MiB / 2)]
    [InlineData(2 * MiB - 1, MiB / 2)]
    [InlineData(2 * MiB, MiB)]
    [InlineData(8 * MiB, 2 * MiB)]
    [InlineData(4 * MiB, MiB)]
    [InlineData(1L << 40, 2 * MiB)]
    public void Pieces_grow_with_the_window(long window, int size) => Assert.Equal(size, ReadAheadPlanner.PieceSize(window));

    [Theory]
    [InlineData(0, MiB)]
    [InlineData(4 * MiB, MiB)]
    [InlineData(8 * MiB, 2 * MiB)]
    [InlineData(100 * MiB, 2 * MiB)]
    public void Near_pieces_are_small(long distance, int size) =>
        Assert.Equal(size, ReadAheadPlanner.PieceSizeAt(2 * MiB, distance));

    [Fact]
    public void Pieces_end_where_the_services_chunks_do()
    {
        Assert.Equal((5, 2 * MiB - 5), Parts(ReadAheadPlanner.Forward(5, 1L << 40, 2 * MiB)));
        Assert.Equal((2L * MiB, 2L * MiB), Parts(ReadAheadPlanner.Forward(2 * MiB, 1L << 40, 2 * MiB)));
        Assert.Equal((4L * MiB, 2L * MiB - 5), Parts(ReadAheadPlanner.Backward(6 * MiB - 5, 0, 2 * MiB)));
    }

    [Fact]
    public void Pieces_fit_and_are_large() => Prop.ForAll<uint, uint, byte>((first, second, size) =>
    {
        var (low, high) = (Math.Min(first, second), (long)Math.Max(first, second) + 1);
        var pieceSize = MiB << (size % 4);
        var forward = ReadAheadPlanner.Forward(low, high, pieceSize);
        var backward = ReadAheadPlanner.Backward(high, low, pieceSize);
        var least = Math.Min(MiB, high - low);
        return forward.Offset == low && forward.End <= high && forward.Length <= pieceSize && forward.Length >= least
            && backward.End == high && backward.Offset >= low && backward.Length <= pieceSize && backward.Length >= least;
    }).QuickCheckThrowOnFailure();

    private static (long Offset, long Length) Parts(ZonalStorage.Reading.Extent extent) => (extent.Offset, extent.Length);
}
