using FsCheck;
using FsCheck.Fluent;
using Xunit;
using ZonalStorage.Reading;

namespace ZonalStorage.Tests.Reading;

public sealed class CoalescePlannerTests
{
    [Theory]
    [InlineData(-1, 3)]
    [InlineData(0, 2)]
    [InlineData(9, 2)]
    [InlineData(10, 1)]
    public void Ranges_that_lie_close_together_are_one_read(int gap, int reads)
    {
        Extent[] ranges = [new(0, 10), new(10, 10), new(30, 10)];
        Assert.Equal(reads, CoalescePlanner.Plan(ranges, gap, most: 1000).Count);
    }

    [Fact]
    public void Duplicates_and_ranges_inside_others_cost_nothing()
    {
        Extent[] ranges = [new(100, 50), new(100, 50), new(110, 5), new(120, 60)];
        Assert.Equal([new CoalescedRead(new Extent(100, 80), 0, 4)], CoalescePlanner.Plan(ranges, gap: 0, most: 1000));
    }

    [Fact]
    public void A_read_grows_no_larger_than_it_may_and_a_single_range_may_be_larger()
    {
        Extent[] ranges = [new(0, 60), new(60, 60), new(120, 500)];
        Assert.Equal(
            [new CoalescedRead(new Extent(0, 60), 0, 1), new(new Extent(60, 60), 1, 1), new(new Extent(120, 500), 2, 1)],
            CoalescePlanner.Plan(ranges, gap: 0, most: 100));
    }

    [Fact]
    public void Every_range_is_served_once_and_no_gap_is_larger_than_allowed() =>
        Prop.ForAll<(ushort Offset, byte Length)[], byte, ushort>((items, gap, most) =>
        {
            var ranges = items.Select(static i => new Extent(i.Offset, i.Length + 1)).OrderBy(static e => e.Offset).ToArray();
            var next = 0;
            foreach (var (extent, first, count) in CoalescePlanner.Plan(ranges, gap, most))
            {
                var served = ranges.AsSpan(first, count).ToArray();
                if (first != next || count == 0) return false;
                if (served.Any(r => r.Offset < extent.Offset || r.End > extent.End)) return false;
                if (extent.Offset != served[0].Offset || extent.End != served.Max(static r => r.End)) return false;
                if (count > 1 && extent.Length > most) return false;
                var end = served[0].End;
                foreach (var range in served)
                {
                    if (range.Offset > end + gap) return false;
                    end = Math.Max(end, range.End);
                }

                next += count;
            }

            return next == ranges.Length;
        }).QuickCheckThrowOnFailure();
}
