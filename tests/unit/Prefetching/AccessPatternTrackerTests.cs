using FsCheck;
using FsCheck.Fluent;
using Xunit;
using ZonalStorage.Prefetching;
using ZonalStorage.Reading;

namespace ZonalStorage.Tests.Prefetching;

public sealed class AccessPatternTrackerTests
{
    private const long Size = 1L << 30;

    private readonly AccessPatternTracker _tracker = new(Size, trigger: 3);

    [Fact]
    public void The_third_read_in_a_row_is_a_trail()
    {
        Assert.False(IsFollowed(1000, 10));
        Assert.False(IsFollowed(1010, 10));
        Assert.True(IsFollowed(1020, 10));
    }

    [Fact]
    public void Lengths_may_vary()
    {
        foreach (var (offset, length) in new[] { (0, 7), (7, 4000), (4007, 1) }) IsFollowed(offset, length);
        Assert.True(IsFollowed(4008, 1 << 20));
    }

    [Fact]
    public void Trigger_one_follows_the_first_read() =>
        Assert.True(IsFollowed(new AccessPatternTracker(Size, trigger: 1), 500, 10));

    [Fact]
    public void Readers_that_take_turns_are_followed_each()
    {
        for (var i = 0; i < 2; i++)
        {
            for (var reader = 0; reader < 5; reader++) Assert.False(IsFollowed(reader * reader * 1_000_000 + i * 4096, 4096));
        }

        for (var i = 2; i < 100; i++)
        {
            for (var reader = 0; reader < 5; reader++) Assert.True(IsFollowed(reader * reader * 1_000_000 + i * 4096, 4096));
        }

        Assert.Equal(5, _tracker.Trails.Count);
    }

    [Fact]
    public void A_backward_scan_is_followed()
    {
        for (var i = 0; i < 10; i++) Assert.Equal(i >= 2, IsFollowed(Size - (i + 1) * 1000, 1000));
        Assert.Equal(TrailDirection.Backward, _tracker.Trails[0].Direction);
    }

    [Theory]
    [InlineData(300_000, nameof(TrailDirection.Strided))]
    [InlineData(-300_000, nameof(TrailDirection.Strided))]
    [InlineData(90_000, nameof(TrailDirection.Forward))]
    [InlineData(-90_000, nameof(TrailDirection.Backward))]
    public void Reads_at_one_distance_are_followed_from_the_fourth_on(int stride, string ahead)
    {
        for (var i = 0; i < 10; i++) Assert.Equal(i >= 3, IsFollowed(Size / 2 + i * stride, 65_536));
        var trail = Assert.Single(_tracker.Trails);
        Assert.Equal((TrailDirection.Strided, ahead), (trail.Direction, trail.AheadDirection.ToString()));
        Assert.Equal(Size / 2 + 10 * stride, trail.Next);
    }

    [Fact]
    public void Who_has_come_to_the_end_and_begins_again_is_followed_at_once()
    {
        for (var offset = Size - 4000; offset < Size; offset += 1000) IsFollowed(offset, 1000);
        Assert.True(IsFollowed(0, 1000));
        Assert.True(IsFollowed(1000, 1000));
        Assert.Single(_tracker.Trails);
    }

    [Fact]
    public void A_read_inside_what_a_trail_has_is_no_new_place()
    {
        for (var i = 0; i < 3; i++) IsFollowed(i * 1000, 1000);
        _tracker.Trails[0].AheadEnd = 50_000;
        Assert.True(IsFollowed(40_000, 10));
        Assert.True(IsFollowed(1_000, 10));
        Assert.False(IsFollowed(60_000, 10));
    }

    [Fact]
    public void Trails_that_are_not_read_any_more_make_room()
    {
        for (var reader = 0; reader < AccessPatternTracker.MaximumTrails + 1; reader++)
        {
            for (var i = 0; i < 3; i++) IsFollowed(reader * 1_000_000 + i * 10, 10);
        }

        Assert.Equal(AccessPatternTracker.MaximumTrails, _tracker.Trails.Count);
        Assert.False(IsFollowed(30, 10));
        Assert.True(IsFollowed(1_000_030, 10));

        Assert.Null(_tracker.TakeStale(1000));
        for (var i = 0; i < 20; i++) IsFollowed(i * 7_777_777, 100);
        Assert.NotNull(_tracker.TakeStale(20));
    }

    [Theory]
    [InlineData(1 << 20, 0.01)]
    [InlineData(64 << 10, 0.001)]
    public void Random_aligned_reads_are_hardly_ever_followed(int length, double most)
    {
        var random = new Random(5);
        var followed = 0;
        const int Reads = 50_000;
        for (var i = 0; i < Reads; i++)
        {
            if (IsFollowed(random.NextInt64(Size / length) * length, length)) followed++;
        }

        Assert.InRange(followed / (double)Reads, 0, most);
    }

    [Fact]
    public void A_followed_read_is_where_the_trail_says() => Prop.ForAll<(byte Place, byte Length)[]>(reads =>
    {
        var tracker = new AccessPatternTracker(2000, trigger: 2);
        foreach (var (place, length) in reads)
        {
            var read = new Extent(place * 5, 1 + length % 8);
            var before = tracker.Trails.Select(static t => (Trail: t, t.Next, t.Streak, t.AheadStart, t.AheadEnd)).ToList();
            var trail = tracker.Observe(read, out var dropped);
            if (tracker.Trails.Count > AccessPatternTracker.MaximumTrails || tracker.Trails.Contains(dropped)) return false;
            if (trail is null) continue;
            if (trail.Last != read || tracker.Trails[^1] != trail) return false;
            var known = before.Find(b => b.Trail == trail);
            if (known.Trail is null) continue;
            var isNext = trail.Direction == TrailDirection.Backward ? read.End == known.Next : read.Offset == known.Next;
            var isInside = read.Offset >= known.AheadStart - read.Length && read.Offset < known.AheadEnd;
            if (trail.Streak != known.Streak + 1 || !(isNext || isInside)) return false;
        }

        return true;
    }).QuickCheckThrowOnFailure();

    private bool IsFollowed(long offset, int length) => IsFollowed(_tracker, offset, length);

    private static bool IsFollowed(AccessPatternTracker tracker, long offset, int length) =>
        tracker.Observe(new Extent(offset, length), out _) is { } trail && tracker.IsEstablished(trail);
}
