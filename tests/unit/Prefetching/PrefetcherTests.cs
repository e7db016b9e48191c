using System.Diagnostics;
using Xunit;
using ZonalStorage.Diagnostics;
using ZonalStorage.Memory;
using ZonalStorage.Prefetching;
using ZonalStorage.Reading;
using ZonalStorage.TestSupport;

namespace ZonalStorage.Tests.Prefetching;

/// <summary>What the prefetcher asks for, and what it does when that does not come.</summary>
public sealed class PrefetcherTests : IDisposable
{
    private const int Read = 100_000;

    private readonly RecordingSource _source = new(1L << 30);
    private readonly MemoryBudget _budget = new(256 << 20);
    private readonly SessionCounters _counters = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _budget.Dispose();

    [Fact]
    public async Task Nothing_is_read_ahead_before_the_third_read()
    {
        using var prefetcher = Make();
        await ReadAsync(prefetcher, 0);
        await ReadAsync(prefetcher, Read);
        Assert.Empty(_source.Asked);
        await ReadAsync(prefetcher, 2 * Read);
        Assert.Equal([(3 * Read, 1 << 20), (3 * Read + (1 << 20), 1 << 20)], _source.Asked.Select(static p => ((int)p.Offset, p.Length)));
        Assert.Equal([(0, Read), (Read, Read), (2 * Read, Read)], _source.Filled);
    }

    [Fact]
    public async Task Random_reads_ask_for_what_they_want_and_no_more()
    {
        using var prefetcher = Make();
        var random = new Random(3);
        for (var i = 0; i < 1000; i++) await ReadAsync(prefetcher, random.NextInt64(_source.Size - Read));
        Assert.Empty(_source.Asked);
        Assert.Equal(0, _budget.Used);
    }

    [Fact]
    public async Task Nothing_is_asked_for_twice_or_behind_the_end()
    {
        var source = new RecordingSource(10_000_123);
        using var prefetcher = new Prefetcher(source, new ZonalReaderOptions { PrefetchTrigger = 1 }, _budget, _counters);
        for (long offset = 0; offset < source.Size; offset += Read)
        {
            var buffer = new byte[Math.Min(Read, source.Size - offset)];
            var reading = prefetcher.ReadAsync(offset, buffer, null, Stop);
            source.Deliver();
            await reading;
            Assert.Equal(-1, SplitMixContent.FirstDifference(offset, buffer));
        }

        var pieces = source.Asked.OrderBy(static p => p.Offset).ToArray();
        for (var i = 1; i < pieces.Length; i++) Assert.True(pieces[i - 1].Offset + pieces[i - 1].Length <= pieces[i].Offset);
        Assert.All(pieces, p => Assert.True(p.Offset + p.Length <= source.Size));
        Assert.Equal([(0, Read)], source.Filled);
        Assert.Equal(source.Size - Read, pieces.Sum(static p => (long)p.Length));
    }

    [Fact]
    public async Task A_read_elsewhere_and_the_end_do_not_wait_for_what_is_on_the_way()
    {
        var prefetcher = Make();
        for (var i = 0; i < 3; i++) await ReadAsync(prefetcher, i * Read);
        Assert.NotEmpty(_source.Asked);
        var waiting = prefetcher.ReadAsync(3 * Read, new byte[Read], null, Stop).AsTask();
        Assert.False(waiting.IsCompleted);
        var clock = Stopwatch.StartNew();

        await ReadAsync(prefetcher, 500_000_000).AsTask().WaitAsync(TimeSpan.FromSeconds(5), Stop);
        Assert.False(waiting.IsCompleted);
        prefetcher.Dispose();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting.WaitAsync(TimeSpan.FromSeconds(5), Stop));
        // Far from what a machine under load may take, and far from the seconds that a piece may be on the way.
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(2));
        Assert.Equal(0, _budget.Used);
        Assert.All(_source.Asked, static p => Assert.True(p.State == RangeState.Ended));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => ReadAsync(prefetcher, 0).AsTask());
    }

    [Fact]
    public async Task What_is_on_the_way_is_given_up_by_a_read_elsewhere_of_the_only_reader()
    {
        using var prefetcher = Make();
        for (var i = 0; i < 3; i++) await ReadAsync(prefetcher, i * Read);
        await ReadAsync(prefetcher, 500_000_000);
        Assert.All(_source.Asked, static p => Assert.True(p.State == RangeState.Ended));
        Assert.Equal(0, _budget.Used);
    }

    [Fact]
    public async Task The_error_of_a_piece_goes_to_the_read_that_wants_it_and_the_next_asks_anew()
    {
        using var prefetcher = Make();
        for (var i = 0; i < 3; i++) await ReadAsync(prefetcher, i * Read);
        var reading = prefetcher.ReadAsync(3 * Read, new byte[Read], null, Stop).AsTask();
        var error = new ZonalException("Test", ZonalStatusCode.Internal, "It failed.", null, null);
        foreach (var piece in _source.Asked.ToArray()) piece.Abandon(error);
        Assert.Same(error, await Assert.ThrowsAsync<ZonalException>(() => reading));

        await ReadAsync(prefetcher, 3 * Read);
        Assert.Equal((3 * Read, Read), _source.Filled[^1]);
    }

    [Fact]
    public async Task A_piece_that_failed_before_anybody_wanted_it_is_asked_for_again()
    {
        using var prefetcher = Make();
        for (var i = 0; i < 3; i++) await ReadAsync(prefetcher, i * Read);
        foreach (var piece in _source.Asked.ToArray())
            piece.Abandon(new ZonalException("Test", ZonalStatusCode.Internal, "It failed.", null, null));
        await ReadAsync(prefetcher, 3 * Read);
        Assert.Equal((3 * Read, Read), _source.Filled[^1]);
    }

    [Fact]
    public async Task What_an_earlier_reader_left_ahead_does_not_hide_that_nothing_is_ahead()
    {
        using var prefetcher = Make();
        for (var i = 0; i < 3; i++) await ReadAsync(prefetcher, 300_000 + i * Read);
        _source.Deliver();
        // Another comes from behind, through what the first has ahead, so long that the first is forgotten meanwhile.
        for (var i = 0; i < 1000; i++)
        {
            if (i == 3) _source.Filled.Clear();
            var buffer = new byte[5000];
            var reading = prefetcher.ReadAsync(i * 5000L, buffer, null, Stop);
            _source.Deliver();
            await reading;
            Assert.Equal(-1, SplitMixContent.FirstDifference(i * 5000L, buffer));
        }

        Assert.Empty(_source.Filled);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1000)]
    [InlineData(-1000)]
    public async Task What_an_earlier_strided_reader_had_ahead_leaves_no_hole_when_it_goes(int shift)
    {
        const int Stride = 100_000;
        using var prefetcher = Make();
        for (var i = 0; i < 30; i++) await ReadAsync(10_000_000 + i * Stride, 4000);
        // Another comes from behind, so slowly that the first is forgotten before it is where the first had read ahead.
        for (var i = 0; i < 600; i++)
        {
            if (i == 200) _source.Filled.Clear();
            await ReadAsync(shift + i * Stride, 4000);
        }

        Assert.InRange(_source.Filled.Count, 0, 2);

        async Task ReadAsync(long offset, int length)
        {
            var buffer = new byte[length];
            var reading = prefetcher.ReadAsync(Math.Max(0, offset), buffer, null, Stop);
            _source.Deliver();
            await reading;
            Assert.Equal(-1, SplitMixContent.FirstDifference(Math.Max(0, offset), buffer));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task A_piece_that_failed_leaves_no_hole(int direction)
    {
        const int Length = 50_000;
        using var prefetcher = Make();
        RangeRead? failed = null;
        for (var i = 0; i < 300; i++)
        {
            var reading = prefetcher.ReadAsync(500_000_000 + direction * i * Length, new byte[Length], null, Stop);
            // One in the midst of what is ahead.
            if (i > 10 && failed is null && _source.Asked.FindLast(static r => r.State != RangeState.Ended) is { } asked)
            {
                failed = asked;
                failed.Abandon(new ZonalException("Test", ZonalStatusCode.Internal, "It failed.", null, null));
                _source.Filled.Clear();
            }

            _source.Deliver();
            await reading.AsTask().WaitAsync(TimeSpan.FromSeconds(5), Stop);
        }

        Assert.NotNull(failed);
        Assert.InRange(_source.Filled.Count, 0, 2);
    }

    [Fact]
    public async Task Read_ahead_begins_again_where_all_of_it_failed()
    {
        using var prefetcher = Make();
        for (var i = 0; i < 3; i++) await ReadAsync(prefetcher, i * Read);
        foreach (var piece in _source.Asked.ToArray())
            piece.Abandon(new ZonalException("Test", ZonalStatusCode.Internal, "It failed.", null, null));
        var asked = _source.Asked.Count;
        await ReadAsync(prefetcher, 3 * Read);
        Assert.True(_source.Asked.Count > asked);
        Assert.Equal(4 * Read, _source.Asked[asked].Offset);
    }

    [Fact]
    public async Task A_piece_for_which_there_was_no_memory_is_no_error_of_the_read()
    {
        using var prefetcher = Make();
        for (var i = 0; i < 3; i++) await ReadAsync(prefetcher, i * Read);
        var reading = prefetcher.ReadAsync(3 * Read, new byte[Read], null, Stop).AsTask();
        foreach (var piece in _source.Asked.ToArray()) piece.Abandon(new InsufficientMemoryException());
        await reading.WaitAsync(TimeSpan.FromSeconds(5), Stop);
        Assert.Equal((3 * Read, Read), _source.Filled[^1]);
    }

    [Fact]
    public async Task A_piece_that_comes_short_is_no_hang_and_no_wrong_byte()
    {
        using var prefetcher = Make();
        for (var i = 0; i < 3; i++) await ReadAsync(prefetcher, i * Read);
        var reading = prefetcher.ReadAsync(3 * Read, new byte[Read], null, Stop).AsTask();
        foreach (var piece in _source.Asked.ToArray()) RecordingSource.EndShort(piece);
        await reading.WaitAsync(TimeSpan.FromSeconds(5), Stop);
        Assert.Equal((3 * Read, Read), _source.Filled[^1]);
    }

    [Fact]
    public async Task Without_memory_there_is_no_read_ahead_and_reads_go_on()
    {
        using var budget = new MemoryBudget(1 << 20);
        using var other = budget.OpenAccount();
        other.Reserve(1 << 20);
        using var prefetcher = new Prefetcher(_source, new ZonalReaderOptions(), budget, _counters);
        for (var i = 0; i < 10; i++) await ReadAsync(prefetcher, i * Read);
        Assert.Empty(_source.Asked);
    }

    [Fact]
    public async Task Who_goes_elsewhere_soon_has_the_memory_of_what_he_left()
    {
        using var budget = new MemoryBudget(2 << 20);
        using var prefetcher = new Prefetcher(_source, new ZonalReaderOptions(), budget, _counters);
        foreach (var start in (long[])[0, 500_000_000])
        {
            _source.Filled.Clear();
            for (var i = 0; i < 50; i++)
            {
                var reading = prefetcher.ReadAsync(start + i * Read, new byte[Read], null, Stop);
                _source.Deliver();
                await reading;
            }
        }

        Assert.InRange(_source.Filled.Count, 0, 20);
    }

    [Fact]
    public async Task Read_ahead_is_given_back_when_somebody_waits_for_memory()
    {
        using var budget = new MemoryBudget(1 << 20);
        using var prefetcher = new Prefetcher(_source, new ZonalReaderOptions(), budget, _counters);
        for (var i = 0; i < 3; i++) await ReadAsync(prefetcher, i * Read);
        Assert.NotEmpty(_source.Asked);
        using var other = budget.OpenAccount();
        var block = other.Rent(1 << 20);
        Assert.Equal(1 << 20, budget.Used);
        Assert.All(_source.Asked, static p => Assert.True(p.State == RangeState.Ended));
        await ReadAsync(prefetcher, 3 * Read);
        block.Dispose();
    }

    [Fact]
    public async Task A_cancelled_read_ends_and_its_piece_is_there_for_the_next()
    {
        using var prefetcher = Make();
        for (var i = 0; i < 3; i++) await ReadAsync(prefetcher, i * Read);
        using var stop = new CancellationTokenSource();
        var reading = prefetcher.ReadAsync(3 * Read, new byte[Read], null, stop.Token).AsTask();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        Assert.All(_source.Asked, static p => Assert.False(p.State == RangeState.Ended));
    }

    private Prefetcher Make() => new(_source, new ZonalReaderOptions(), _budget, _counters);

    private static ValueTask<uint> ReadAsync(Prefetcher prefetcher, long offset) =>
        prefetcher.ReadAsync(offset, new byte[Read], null, Stop);
}
