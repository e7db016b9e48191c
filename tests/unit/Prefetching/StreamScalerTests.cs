using Xunit;
using ZonalStorage.Prefetching;

namespace ZonalStorage.Tests.Prefetching;

/// <summary>Readers on ways whose rate depends on the number of streams, on a clock of their own.</summary>
public sealed class StreamScalerTests
{
    private const int Limit = 4;
    private const int Read = 2 << 20;

    private readonly StreamScaler _scaler = new(Limit);
    private readonly Random _random = new(5);
    private TimeSpan _now;

    [Fact]
    public void Where_each_stream_carries_so_much_all_are_used_within_seconds()
    {
        ReadFor(seconds: 2, static (streams, _) => 1e9 * streams);
        Assert.InRange(Share(Limit, seconds: 10, static (streams, _) => 1e9 * streams), 0.95, 1);
    }

    [Fact]
    public void Where_three_fill_the_link_three_are_used()
    {
        ReadFor(seconds: 10, static (streams, _) => Math.Min(3e9, 1e9 * streams));
        Assert.InRange(Share(3, seconds: 60, static (streams, _) => Math.Min(3e9, 1e9 * streams)), 0.8, 1);
    }

    [Fact]
    public void Where_one_fills_the_link_others_are_hardly_ever_tried() =>
        Assert.InRange(Share(1, seconds: 120, static (_, _) => 3e9), 0.95, 1);

    [Fact]
    public void A_beginning_in_which_every_round_is_faster_says_nothing_about_streams()
    {
        ReadFor(seconds: 3, static (_, seconds) => 1e9 * (1 + seconds));
        Assert.InRange(Share(1, seconds: 10, static (_, _) => 4e9), 0.9, 1);
    }

    [Fact]
    public void What_is_not_needed_any_more_is_given_up()
    {
        ReadFor(seconds: 2, static (streams, _) => 1e9 * streams);
        // A trial with one less may just be under way.
        Assert.InRange(_scaler.Count, Limit - 1, Limit);
        // The link, not the streams, is what limits now, and more of them are slower.
        ReadFor(seconds: 60, static (streams, _) => 1e9 - 5e7 * streams);
        Assert.InRange(Share(1, seconds: 60, static (streams, _) => 1e9 - 5e7 * streams), 0.9, 1);
    }

    [Fact]
    public void Who_never_waits_keeps_one()
    {
        ReadFor(seconds: 10, static (streams, _) => 1e9 * streams, waits: false);
        Assert.Equal(1, _scaler.Count);
    }

    [Fact]
    public void There_are_never_more_than_allowed_nor_less_than_one()
    {
        for (var i = 0; i < 100_000; i++)
        {
            _scaler.Add(_random.Next(1, 64 << 20), _random.Next(2) == 0, _now);
            _now += TimeSpan.FromMilliseconds(_random.NextDouble() * 50);
            Assert.InRange(_scaler.Count, 1, Limit);
        }
    }

    /// <summary>Share of the time in which so many streams were in use.</summary>
    private double Share(int streams, double seconds, Func<int, double, double> rate) =>
        ReadFor(seconds, rate).GetValueOrDefault(streams) / seconds;

    /// <param name="seconds">How long.</param>
    /// <param name="rate">Bytes a second, by streams and the time since the beginning.</param>
    /// <param name="waits">True if the reader is faster than the way.</param>
    /// <returns>Seconds by the number of streams.</returns>
    private Dictionary<int, double> ReadFor(double seconds, Func<int, double, double> rate, bool waits = true)
    {
        var (start, spent) = (_now, new Dictionary<int, double>());
        while ((_now - start).TotalSeconds < seconds)
        {
            _scaler.Add(Read, waits, _now);
            // Every way is a little faster or slower from moment to moment.
            var took = Read / rate(_scaler.Count, (_now - start).TotalSeconds) * (0.8 + 0.4 * _random.NextDouble());
            spent[_scaler.Count] = spent.GetValueOrDefault(_scaler.Count) + took;
            _now += TimeSpan.FromSeconds(took);
        }

        return spent;
    }
}
