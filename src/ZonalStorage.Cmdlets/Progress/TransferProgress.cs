using System.Diagnostics;

namespace ZonalStorage.Cmdlets.Progress;

/// <summary>All transfers of one cmdlet together: the engine counts, this adds up.</summary>
/// <remarks>Thread-safe. <see cref="Begin"/> and <see cref="End"/> happen once a transfer, never once a chunk.</remarks>
internal sealed class TransferProgress
{
    private readonly object _gate = new();
    private readonly List<ZonalProgress> _active = [];
    private readonly Dictionary<ZonalProgress, string> _names = [];
    private long _endedBytes;
    private long _began;
    private long _ended;

    /// <summary>Bytes of all transfers, also those that have not begun; null where nobody knows.</summary>
    public long? ExpectedBytes { get; set; }

    /// <summary>Counters for a transfer that starts now.</summary>
    /// <param name="name">Shown with a bar of its own if the transfer lasts; null for none.</param>
    public ZonalProgress Begin(string? name = null)
    {
        var counters = new ZonalProgress();
        lock (_gate)
        {
            if (_began == 0) _began = Stopwatch.GetTimestamp();
            _active.Add(counters);
            if (name is not null) _names.Add(counters, name);
        }

        return counters;
    }

    /// <summary>The transfer has ended, well or badly; its bytes stay counted.</summary>
    public void End(ZonalProgress counters)
    {
        lock (_gate)
        {
            if (!_active.Remove(counters)) return;
            _names.Remove(counters);
            _endedBytes += counters.Bytes;
            _ended = Stopwatch.GetTimestamp();
        }
    }

    /// <summary>The state of things now; null before the first transfer.</summary>
    public TransferSample? Sample()
    {
        lock (_gate)
        {
            if (_began == 0) return null;
            var bytes = _endedBytes;
            var total = _endedBytes;
            var known = _active.Count > 0;
            var streams = 0;
            foreach (var counters in _active)
            {
                bytes += counters.Bytes;
                streams += counters.Streams;
                known &= counters.TotalBytes >= 0;
                total += Math.Max(0, counters.TotalBytes);
            }

            return new TransferSample(Stopwatch.GetElapsedTime(_began), bytes, ExpectedBytes ?? (known ? total : null), streams);
        }
    }

    /// <summary>The named transfers that are under way and have the most to do, those that began first in front.</summary>
    public IReadOnlyList<(string Name, long Bytes, long TotalBytes)> SampleNamed(int count, long minimumBytes)
    {
        lock (_gate)
        {
            return
            [
                .. _active.Where(c => c.TotalBytes >= minimumBytes && _names.ContainsKey(c)).Take(count)
                    .Select(c => (_names[c], c.Bytes, c.TotalBytes)),
            ];
        }
    }

    /// <summary>One line about what was read and how fast; null when nothing was.</summary>
    public string? Summary
    {
        get
        {
            lock (_gate)
            {
                if (_endedBytes == 0) return null;
                var time = Stopwatch.GetElapsedTime(_began, _ended).TotalSeconds;
                return FormattableString.Invariant(
                    $"Read {HumanSize.Format(_endedBytes)} in {time:0.000} s ({HumanSize.FormatRate(_endedBytes / Math.Max(time, 1e-6))}).");
            }
        }
    }
}

/// <summary>The transfers of a cmdlet at one moment.</summary>
/// <param name="Elapsed">Since the first began.</param>
/// <param name="Bytes">Received and checked.</param>
/// <param name="TotalBytes">To receive; null while not known of all of them.</param>
/// <param name="Streams">Read streams in use.</param>
internal readonly record struct TransferSample(TimeSpan Elapsed, long Bytes, long? TotalBytes, int Streams)
{
    /// <summary>0 to 100; -1 when the total is not known. Bytes that were read twice never make it exceed 100.</summary>
    public int Percent => TotalBytes is { } total and > 0 ? (int)Math.Clamp(100 * Bytes / (double)total, 0, 100) : -1;

    /// <summary>What stands in the progress bar, at the given rate.</summary>
    public string Describe(double bytesPerSecond)
    {
        var amount = TotalBytes is { } total and > 0
            ? $"{HumanSize.Format(Bytes)} of {HumanSize.Format(total)}"
            : HumanSize.Format(Bytes);
        var streams = Streams == 1 ? "1 stream" : $"{Streams} streams";
        return $"{amount} · {HumanSize.FormatRate(bytesPerSecond)} · {streams}";
    }
}
