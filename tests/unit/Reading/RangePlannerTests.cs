using FsCheck;
using FsCheck.Fluent;
using Xunit;
using ZonalStorage.Reading;

namespace ZonalStorage.Tests.Reading;

public sealed class RangePlannerTests
{
    [Theory]
    [InlineData(4, 4, 5, new long[] { 4 })]
    [InlineData(5, 4, 5, new long[] { 5 })]
    [InlineData(9, 4, 5, new long[] { 9 })]
    [InlineData(10, 4, 5, new long[] { 5, 5 })]
    [InlineData(20, 1000, 5, new long[] { 5, 5, 5, 5 })]
    [InlineData(21, 4, 5, new long[] { 5, 5, 5, 6 })]
    [InlineData(100, 1, 5, new long[] { 100 })]
    [InlineData(7, 3, 1, new long[] { 2, 2, 3 })]
    [InlineData(0, 4, 5, new long[0])]
    public void Parts_are_as_the_rule_says(long length, int concurrency, long minimum, long[] expected) =>
        Assert.Equal(expected, RangePlanner.Split(new Extent(100, length), concurrency, minimum).Select(static p => p.Length));

    [Fact]
    public void Parts_cover_everything_once() => Prop.ForAll<NonNegativeInt, PositiveInt, PositiveInt>((length, concurrency, minimum) =>
    {
        var extent = new Extent(1L << 41, length.Get * 977L);
        var parts = RangePlanner.Split(extent, concurrency.Get, minimum.Get * 100L);
        var next = extent.Offset;
        foreach (var part in parts)
        {
            if (part.Offset != next || part.Length <= 0) return false;
            next = part.End;
        }

        return next == extent.End
            && parts.Length <= concurrency.Get
            && (parts.Length <= 1 || parts.All(p => p.Length >= minimum.Get * 100L));
    }).QuickCheckThrowOnFailure();
}
