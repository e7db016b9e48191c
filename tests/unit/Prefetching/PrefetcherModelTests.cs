using FsCheck;
using FsCheck.Fluent;
using Xunit;
using ZonalStorage.Diagnostics;
using ZonalStorage.Memory;
using ZonalStorage.Prefetching;
using ZonalStorage.Reading;
using ZonalStorage.TestSupport;

namespace ZonalStorage.Tests.Prefetching;

/// <summary>
/// Several readers of one handle that take turns in any order, pieces that come late or fail, and memory that others want:
/// every read is right, and once all that is over a reader has everything ahead of it again.
/// </summary>
public sealed class PrefetcherModelTests
{
    private const int Size = 64 << 20;
    private const int Budget = 2 << 20;

    // After so many reads all that was ahead before is passed: what earlier readers left, and what failed.
    private const int Settled = 300;

    private const int Unserved = AccessPatternTracker.StridedStreak + 2 * AccessPatternTracker.MaximumTrails;

    private static readonly ZonalException _failure = new("Test", ZonalStatusCode.Internal, "It failed.", null, null);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void Any_readers_in_any_order_get_the_right_bytes_and_leave_no_hole() => Prop.ForAll(
        ArbMap.Default.ArbFor<int[]>(), Gen.Choose(0, int.MaxValue).ToArbitrary(), (steps, seed) =>
        {
            using var world = new World(new Random(seed));
            foreach (var step in steps) world.Step((uint)step);
            world.Settle();
            world.AssertClosed();
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(60).WithEndSize(200));

    /// <summary>A handle and those who use it.</summary>
    private sealed class World : IDisposable
    {
        private readonly RecordingSource _source = new(Size);
        private readonly MemoryBudget _budget = new(Budget);
        private readonly MemoryAccount _other;
        private readonly Prefetcher _prefetcher;
        private readonly Random _random;
        private readonly Reader[] _readers;

        // What pieces may be missing for: readers that go, failures, memory taken.
        private int _losses = 3;

        public World(Random random)
        {
            _random = random;
            _other = _budget.OpenAccount();
            var options = new ZonalReaderOptions { MaximumPrefetchSize = 1 << 20 };
            _prefetcher = new Prefetcher(_source, options, _budget, new SessionCounters());
            _readers = [new Reader(random), new Reader(random), new Reader(random)];
        }

        /// <summary>Something happens; the number says what.</summary>
        public void Step(uint number)
        {
            var which = (int)(number / 8 % _readers.Length);
            switch (number % 8)
            {
                case 0:
                    _readers[which] = new Reader(_random);
                    _losses++;
                    break;
                case 1:
                    Fail();
                    break;
                case 2:
                    _other.Rent(Budget / 2).Dispose();
                    _losses++;
                    break;
                case 3:
                    // As the network may have it: a piece at a time, while the read waits.
                    Read(_readers[which].Next(), deliver: 1, failsNow: false);
                    break;
                case 4:
                    Read(_readers[which].Next(), deliver: 1, failsNow: true);
                    break;
                default:
                    Read(_readers[which].Next(), deliver: int.MaxValue, failsNow: false);
                    break;
            }

            Assert.InRange(_budget.Used, 0, Budget);
        }

        /// <summary>One reader goes on alone.</summary>
        public void Settle()
        {
            var reader = _readers[0];
            reader.MakeRoom(2 * Settled);
            _source.Filled.Clear();
            for (var i = 0; i < Settled; i++) Read(reader.Next(), int.MaxValue, failsNow: false);
            // Until it is known and the others have given memory back, and then a read or two for whatever is missing: never one by
            // one through a hole.
            Assert.InRange(_source.Filled.Count, 0, Unserved + 2 * _losses);
            _source.Filled.Clear();
            for (var i = 0; i < Settled; i++) Read(reader.Next(), int.MaxValue, failsNow: false);
            Assert.True(_source.Filled.Count == 0, $"{reader} reads for itself: {string.Join(' ', _source.Filled)}");
        }

        public void AssertClosed()
        {
            _prefetcher.Dispose();
            Assert.Equal(0, _budget.Used);
            Assert.All(_source.Asked, static r => Assert.True(r.State == RangeState.Ended));
        }

        public void Dispose()
        {
            _prefetcher.Dispose();
            _other.Dispose();
            _budget.Dispose();
        }

        private void Read((long Offset, int Length) place, int deliver, bool failsNow)
        {
            var buffer = new byte[place.Length];
            var reading = _prefetcher.ReadAsync(place.Offset, buffer, null, Stop).AsTask();
            if (failsNow) Fail();
            // Whatever order they come in, once all have come there is nothing left to wait for.
            for (var i = 0; i < 10_000 && !reading.IsCompleted; i++) _source.Deliver(deliver);
            if (deliver == int.MaxValue) _source.Deliver();
            try
            {
                reading.WaitAsync(TimeSpan.FromSeconds(10), Stop).GetAwaiter().GetResult();
            }
            catch (ZonalException e) when (failsNow && e == _failure)
            {
                return;
            }

            Assert.Equal(-1, SplitMixContent.FirstDifference(place.Offset, buffer));
        }

        private void Fail()
        {
            var pending = _source.Asked.FindAll(static r => r.State != RangeState.Ended);
            if (pending.Count == 0) return;
            pending[_random.Next(pending.Count)].Abandon(_failure);
            _losses++;
        }
    }

    /// <summary>Reads of one length at one distance, forth or back, in the middle of the object.</summary>
    private sealed class Reader
    {
        private readonly long _step;
        private readonly int _length;
        private long _offset;

        public Reader(Random random)
        {
            _length = random.Next(4_000, 10_000);
            // With a gap, large or small, or none.
            var gap = random.Next(3) switch { 0 => 0, 1 => random.Next(_length), _ => random.Next(60_000) };
            _step = random.Next(2) == 0 ? _length + gap : -(_length + gap);
            // Near the others, so that they come into each other's way.
            _offset = Size / 2 + random.Next(1 << 20);
        }

        /// <summary>Goes elsewhere if so many reads would come to the object's end.</summary>
        public void MakeRoom(int reads)
        {
            if (_offset + _step * reads is < 0 or > Size) _offset = _step > 0 ? 0 : Size - _length;
        }

        public (long Offset, int Length) Next()
        {
            // Round and round: who comes to an end begins anew, as a scan that is repeated does.
            if (_offset < 0 || _offset + _length > Size) _offset = _step > 0 ? 0 : Size - _length;
            var place = (_offset, _length);
            _offset += _step;
            return place;
        }

        public override string ToString() => $"{_length} bytes every {_step} bytes, now at {_offset}";
    }
}
