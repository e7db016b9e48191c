using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace ZonalStorage.Diagnostics;

/// <summary>The process's meter: each instrument has a measurement for every open session.</summary>
/// <remarks>All are observed: nothing is done for them while nobody listens.</remarks>
internal static class ZonalMeter
{
    private static readonly ConcurrentDictionary<Measured, bool> _sessions = new();
    private static readonly Meter _meter = new("ZonalStorage", typeof(ZonalMeter).Assembly.GetName().Version?.ToString(3));

    static ZonalMeter()
    {
        Counter("zonalstorage.read.bytes", "By", "Content received and checked.", static m => m.BytesRead);
        Counter("zonalstorage.readahead.hit.bytes", "By", "Reads served from read-ahead.", static m => m.ReadAheadHitBytes);
        Counter("zonalstorage.readahead.wasted.bytes", "By", "Read-ahead given up unread.", static m => m.ReadAheadWastedBytes);
        Counter("zonalstorage.copies.inline", "{chunk}", "Chunks copied by receive threads.", static m => m.CopiesInline);
        Counter("zonalstorage.copies.handed_over", "{chunk}", "Chunks copied by workers.", static m => m.CopiesHandedOver);
        Counter("zonalstorage.retries", "{stream}", "Streams opened again after a failure.", static m => m.Retries);
        Counter("zonalstorage.redirects", "{redirect}", "Redirects followed.", static m => m.Redirects);
        Counter("zonalstorage.ranges.asked_again", "{range}", "Ranges that came wrong.", static m => m.RangesAskedAgain);
        Counter("zonalstorage.chunks.unchecked", "{chunk}", "Chunks without a checksum that were taken.", static m => m.UncheckedChunks);
        Counter("zonalstorage.hedges", "{range}", "Ranges asked for a second time.", static m => m.Hedges);
        Gauge("zonalstorage.read.in_flight.bytes", "By", "Asked for and not here yet.", static m => m.BytesInFlight);
        Gauge("zonalstorage.streams", "{stream}", "Open read streams.", static m => m.Streams);
        Gauge("zonalstorage.connections", "{connection}", "Connections that are up.", static m => m.Connections);
        Gauge("zonalstorage.memory.used.bytes", "By", "Memory budget in use.", static m => m.MemoryInUse);
        Gauge("zonalstorage.memory.pooled.bytes", "By", "Memory that waits for reuse.", static m => m.MemoryPooled);
    }

    /// <summary>Measures a session until the result is disposed.</summary>
    public static IDisposable Add(Func<ZonalMetrics> sample)
    {
        var measured = new Measured(sample);
        _sessions.TryAdd(measured, true);
        return measured;
    }

    private static void Counter(string name, string unit, string description, Func<ZonalMetrics, long> value) =>
        _meter.CreateObservableCounter(name, () => Measure(value), unit, description);

    private static void Gauge(string name, string unit, string description, Func<ZonalMetrics, long> value) =>
        _meter.CreateObservableGauge(name, () => Measure(value), unit, description);

    private static IEnumerable<Measurement<long>> Measure(Func<ZonalMetrics, long> value)
    {
        foreach (var session in _sessions.Keys)
        {
            var metrics = session.Sample();
            yield return new Measurement<long>(
                value(metrics),
                new KeyValuePair<string, object?>("zonalstorage.session", metrics.SessionId),
                new KeyValuePair<string, object?>("zonalstorage.endpoint", metrics.Endpoint));
        }
    }

    private sealed class Measured(Func<ZonalMetrics> sample) : IDisposable
    {
        public ZonalMetrics Sample() => sample();

        public void Dispose() => _sessions.TryRemove(this, out _);
    }
}
