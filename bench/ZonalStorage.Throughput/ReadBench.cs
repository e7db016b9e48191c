using System.Diagnostics;
using System.Text.Json;
using ZonalStorage.TestSupport;

namespace ZonalStorage.Throughput;

/// <summary>Runs a pattern for a time or a number of passes and measures it.</summary>
internal sealed class ReadBench
{
    private const int RangesPerBatch = 1000;

    // Long enough for the runtime to have compiled the hot code for good, and for streams and destinations to be warm.
    private const double WarmUpSeconds = 1.5;

    private readonly ReadParameters _parameters;
    private readonly ZonalSession _session;
    private readonly ZonalObjectReader _reader;
    private readonly Stopwatch _clock = new();
    private LatencyHistogram _latencies = new();
    private double _seconds;
    private int _passes;
    private long _bytes;
    private long _next;

    private ReadBench(ReadParameters parameters, ZonalSession session, ZonalObjectReader reader)
    {
        _parameters = parameters;
        _session = session;
        _reader = reader;
    }

    /// <summary>Measures; the result is one line of JSON.</summary>
    public static async Task<string> RunAsync(ReadParameters parameters, CancellationToken cancellationToken)
    {
        await using var session = ZonalSession.Create(parameters.SessionOptions);
        await using var reader = await session.OpenAsync(parameters.Uri, cancellationToken);
        return await new ReadBench(parameters, session, reader).MeasureAsync(cancellationToken);
    }

    private async Task<string> MeasureAsync(CancellationToken cancellationToken)
    {
        Func<CancellationToken, Task> run = _parameters.Pattern switch
        {
            "whole" => PrepareWhole(),
            "ranges" => ReadBatchesAsync,
            _ => ReadAtDepthAsync,
        };
        await RunAsync(run, WarmUpSeconds, passes: 0, cancellationToken);
        GC.Collect();
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        var cpu = Environment.CpuUsage.TotalTime;
        await RunAsync(run, _parameters.Seconds, _parameters.Passes, cancellationToken);
        cpu = Environment.CpuUsage.TotalTime - cpu;
        allocated = GC.GetTotalAllocatedBytes(precise: true) - allocated;
        var (seconds, gib) = (_clock.Elapsed.TotalSeconds, _bytes / (double)(1 << 30));
        return JsonSerializer.Serialize(new
        {
            pattern = _parameters.Pattern,
            io_size = _parameters.Pattern == "whole" ? _reader.Size : _parameters.IoSize,
            depth = _parameters.Depth,
            concurrency = _parameters.Concurrency,
            to = _parameters.To,
            prefetch = "none",
            verified = _parameters.Verify,
            bytes = _bytes,
            seconds = Math.Round(seconds, 4),
            bytes_per_s = Math.Round(_bytes / seconds),
            ops_per_s = Math.Round(_latencies.Count / seconds, 2),
            mean_us = Math.Round(_latencies.Mean, 1),
            p50_us = Math.Round(_latencies.Percentile(0.50), 1),
            p99_us = Math.Round(_latencies.Percentile(0.99), 1),
            cpu_s = Math.Round(cpu.TotalSeconds, 4),
            cpu_s_per_gib = Math.Round(cpu.TotalSeconds / gib, 4),
            peak_rss_bytes = Process.GetCurrentProcess().PeakWorkingSet64,
            allocated_bytes = allocated,
            streams = _session.StreamCount,
            connections = _session.ConnectionCount,
        });
    }

    private async Task RunAsync(
        Func<CancellationToken, Task> run, double seconds, int passes, CancellationToken cancellationToken)
    {
        (_seconds, _passes, _bytes, _next, _latencies) = (seconds, passes, 0, 0, new LatencyHistogram());
        _clock.Restart();
        await run(cancellationToken);
        _clock.Stop();
    }

    private bool IsDue(int pass) => _passes > 0 ? pass < _passes : _clock.Elapsed.TotalSeconds < _seconds;

    /// <summary>The whole object again and again: into one warm region, into small blocks, or to a file.</summary>
    private Func<CancellationToken, Task> PrepareWhole()
    {
        if (_parameters.To is not ("memory" or "null")) return ReadToFileAsync;
        if (_parameters.To is "null") return ReadAtDepthAsync;
        if (_reader.Size > Array.MaxLength) throw new ArgumentException("Into memory an object may have 2 GiB at most.");
        var memory = new WarmMemory((int)_reader.Size);
        return async stop =>
        {
            for (var pass = 0; IsDue(pass); pass++)
            {
                var started = Stopwatch.GetTimestamp();
                await PassAsync(memory, stop);
                _latencies.Add(Stopwatch.GetElapsedTime(started));
            }
        };
    }

    private async Task PassAsync(WarmMemory memory, CancellationToken cancellationToken)
    {
        _bytes += await _reader.ReadAsync(0, memory.Memory, cancellationToken: cancellationToken);
        if (_parameters.Verify) Check(0, memory.Memory.Span);
    }

    private async Task ReadToFileAsync(CancellationToken cancellationToken)
    {
        var options = new ZonalDownloadOptions { Overwrite = true };
        for (var pass = 0; IsDue(pass); pass++)
        {
            var started = Stopwatch.GetTimestamp();
            var result = await _session.DownloadAsync(
                _reader.Uri, _parameters.To, options, cancellationToken: cancellationToken);
            _latencies.Add(Stopwatch.GetElapsedTime(started));
            _bytes += result.Bytes;
        }
    }

    /// <summary>Reads of one size, as many at a time as the depth says, one after another or at random places.</summary>
    private async Task ReadAtDepthAsync(CancellationToken cancellationToken)
    {
        var slots = Enumerable.Range(0, _parameters.Depth).Select(async slot =>
        {
            // Off the caller's thread, so that the slots begin side by side.
            await Task.Yield();
            var (latencies, bytes) = (new LatencyHistogram(), 0L);
            var random = new Random(slot + 1);
            var buffer = new byte[Math.Min(_parameters.IoSize, _reader.Size)];
            while (IsDue(pass: int.MaxValue) || (_passes > 0 && Volatile.Read(ref _next) < _passes * _reader.Size))
            {
                var offset = Place(random, buffer.Length);
                var started = Stopwatch.GetTimestamp();
                var count = await _reader.ReadAsync(offset, buffer, cancellationToken: cancellationToken);
                latencies.Add(Stopwatch.GetElapsedTime(started));
                bytes += count;
                if (_parameters.Verify) Check(offset, buffer.AsSpan(0, count));
            }

            lock (_latencies) _latencies.Add(latencies);
            Interlocked.Add(ref _bytes, bytes);
        });
        await Task.WhenAll(slots);
    }

    private long Place(Random random, int length)
    {
        if (_parameters.Pattern == "rand") return random.NextInt64(_reader.Size - length + 1);
        var place = Interlocked.Add(ref _next, length) - length;
        return place % Math.Max(1, _reader.Size / length * length);
    }

    /// <summary>Batches of ranges at random places, one call each; the latency is that of a batch.</summary>
    private async Task ReadBatchesAsync(CancellationToken cancellationToken)
    {
        var random = new Random(1);
        for (var pass = 0; IsDue(pass); pass++)
        {
            var ranges = new ByteRange[RangesPerBatch];
            for (var i = 0; i < ranges.Length; i++)
                ranges[i] = new ByteRange(random.NextInt64(_reader.Size - _parameters.IoSize + 1), _parameters.IoSize);
            var started = Stopwatch.GetTimestamp();
            await foreach (var result in _session.ReadRangesAsync(_reader.Uri, ranges, cancellationToken: cancellationToken))
            {
                if (result.Error is { } error) throw error;
                _bytes += result.Data!.Length;
                if (_parameters.Verify) Check(result.Offset, result.Data);
                _latencies.Add(Stopwatch.GetElapsedTime(started));
            }
        }
    }

    private static void Check(long offset, ReadOnlySpan<byte> bytes)
    {
        var at = SplitMixContent.FirstDifference(offset, bytes);
        if (at >= 0) throw new InvalidDataException($"Byte {offset + at} is wrong.");
    }
}
