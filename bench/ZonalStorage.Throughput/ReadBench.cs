using System.Diagnostics;
using System.Text.Json;
using ZonalStorage.TestSupport;

namespace ZonalStorage.Throughput;

/// <summary>Runs a pattern for a time or a number of passes and measures it.</summary>
internal sealed class ReadBench
{
    // Long enough for the runtime to have compiled the hot code for good, and for streams and destinations to be warm.
    private static readonly TimeSpan _warmUp = TimeSpan.FromSeconds(1.5);

    private readonly ReadParameters _parameters;
    private readonly ZonalSession _session;
    private readonly ZonalObjectReader _reader;
    private readonly Lazy<WarmMemory[]> _memory;
    private Meter _meter = new();
    private LatencyHistogram _latencies = new();
    private TimeSpan _duration;
    private int _passes;
    private long _bytes;
    private long _next;

    private ReadBench(ReadParameters parameters, ZonalSession session, ZonalObjectReader reader)
    {
        _parameters = parameters;
        _session = session;
        _reader = reader;
        _memory = new Lazy<WarmMemory[]>(() => WarmMemory.Cover(reader.Size));
    }

    /// <summary>Measures; the result is one line of JSON.</summary>
    public static async Task<string> RunAsync(ReadParameters parameters, CancellationToken cancellationToken)
    {
        await using var session = ZonalSession.Create(parameters.SessionOptions);
        await using var reader = await session.OpenAsync(
            parameters.Uri, new ZonalReaderOptions { Prefetch = parameters.Prefetch }, cancellationToken);
        if (parameters.Pattern is not "whole" && parameters.IoSize > reader.Size)
            throw new ArgumentException($"--io-size is {parameters.IoSize}, the object has {reader.Size} bytes.");
        var bench = new ReadBench(parameters, session, reader);
        await bench.RunAsync(_warmUp, passes: 0, cancellationToken);
        GC.Collect();
        await bench.RunAsync(TimeSpan.FromSeconds(parameters.Seconds), parameters.Passes, cancellationToken);
        return bench.Describe();
    }

    private async Task RunAsync(TimeSpan duration, int passes, CancellationToken cancellationToken)
    {
        (_meter, _latencies) = (new Meter(), new LatencyHistogram());
        (_duration, _passes, _bytes, _next) = (duration, passes, 0, 0);
        await (_parameters switch
        {
            { Pattern: "ranges" } => ReadBatchesAsync(cancellationToken),
            { Pattern: "ranges-into" } => ReadBatchesIntoAsync(cancellationToken),
            { Pattern: not "whole" } or { To: "null" } => ReadAtDepthAsync(cancellationToken),
            { To: "memory" } => ReadToMemoryAsync(cancellationToken),
            _ => ReadToFileAsync(cancellationToken),
        });
    }

    private string Describe()
    {
        var (seconds, gib) = (_meter.Elapsed.TotalSeconds, _bytes / (double)(1 << 30));
        return JsonSerializer.Serialize(new
        {
            endpoint = _session.Endpoint,
            @object = _reader.Uri.ToString(),
            pattern = _parameters.Pattern,
            io_size = _parameters is { Pattern: "whole", To: not "null" } ? _reader.Size : _parameters.IoSize,
            depth = _parameters.Depth,
            concurrency = _parameters.Concurrency,
            to = _parameters.To,
            prefetch = _parameters.Prefetch ? "on" : "off",
            verified = _parameters.Verify,
            bytes = _bytes,
            seconds = Math.Round(seconds, 4),
            bytes_per_s = Math.Round(_bytes / seconds),
            ops_per_s = Math.Round(_latencies.Count / seconds, 2),
            mean_us = Math.Round(_latencies.Mean, 1),
            p50_us = Math.Round(_latencies.Percentile(0.50), 1),
            p99_us = Math.Round(_latencies.Percentile(0.99), 1),
            cpu_s = Math.Round(_meter.Cpu.TotalSeconds, 4),
            cpu_us_per_op = Math.Round(_meter.Cpu.TotalMicroseconds / Math.Max(1, _latencies.Count), 2),
            cpu_s_per_gib = Math.Round(_meter.Cpu.TotalSeconds / gib, 4),
            peak_rss_bytes = Process.GetCurrentProcess().PeakWorkingSet64,
            allocated_bytes = _meter.Allocated,
            streams = _session.StreamCount,
            connections = _session.ConnectionCount,
        });
    }

    private bool IsDue(int pass) => _passes > 0 ? pass < _passes : _meter.Elapsed < _duration;

    /// <summary>The whole object again and again into one warm region; checking it does not count.</summary>
    private async Task ReadToMemoryAsync(CancellationToken cancellationToken)
    {
        var pieces = _memory.Value;
        for (var pass = 0; IsDue(pass); pass++)
        {
            var started = Stopwatch.GetTimestamp();
            _meter.Resume();
            foreach (var piece in pieces)
                _bytes += await _reader.ReadAsync(piece.Offset, piece.Memory, cancellationToken: cancellationToken);
            _meter.Pause();
            _latencies.Add(Stopwatch.GetElapsedTime(started));
            foreach (var piece in pieces) Check(piece.Offset, piece.Memory.Span);
        }
    }

    private async Task ReadToFileAsync(CancellationToken cancellationToken)
    {
        var options = new ZonalDownloadOptions { Overwrite = true };
        for (var pass = 0; IsDue(pass); pass++)
        {
            var started = Stopwatch.GetTimestamp();
            _meter.Resume();
            var result = await _session.DownloadAsync(
                _reader.Uri, _parameters.To, options, cancellationToken: cancellationToken);
            _meter.Pause();
            _latencies.Add(Stopwatch.GetElapsedTime(started));
            _bytes += result.Bytes;
            if (_parameters.Verify) await CheckFileAsync(_parameters.To, cancellationToken);
        }
    }

    /// <summary>
    /// Reads of one size, as many at a time as the depth says, one after another or at random places. Checking them is
    /// part of what is measured: the others go on meanwhile.
    /// </summary>
    private async Task ReadAtDepthAsync(CancellationToken cancellationToken)
    {
        _meter.Resume();
        await Task.WhenAll(Enumerable.Range(0, _parameters.Depth).Select(ReadInSlotAsync));
        _meter.Pause();

        async Task ReadInSlotAsync(int slot)
        {
            // Off the caller's thread, so that the slots begin side by side.
            await Task.Yield();
            var (latencies, bytes) = (new LatencyHistogram(), 0L);
            // The places that the yardstick's client reads.
            var place = 1000003UL * (ulong)(slot + 1);
            var buffer = new byte[Math.Min(_parameters.IoSize, _reader.Size)];
            while (NextOffset(ref place, buffer.Length) is { } offset)
            {
                var started = Stopwatch.GetTimestamp();
                var count = await _reader.ReadAsync(offset, buffer, cancellationToken: cancellationToken);
                latencies.Add(Stopwatch.GetElapsedTime(started));
                bytes += count;
                Check(offset, buffer.AsSpan(0, count));
            }

            lock (_latencies) _latencies.Add(latencies);
            Interlocked.Add(ref _bytes, bytes);
        }
    }

    /// <summary>Where to read next; null when it is enough.</summary>
    private long? NextOffset(ref ulong place, int length)
    {
        var total = Interlocked.Add(ref _next, length) - length;
        if (_passes > 0 ? total >= _passes * _reader.Size : _meter.Elapsed >= _duration) return null;
        var (turn, count) = (total / length, Math.Max(1, _reader.Size / length));
        return _parameters.Pattern switch
        {
            "rand" => (long)(SplitMixContent.Word(place++) % (ulong)(_reader.Size - length + 1)),
            "backward" => (count - 1 - turn % count) * length,
            // Reads one, leaves one out.
            "strided" => turn % Math.Max(1, count / 2) * 2 * length,
            // Two readers take turns, one from the start, one from the middle.
            "interleaved" => (turn / 2 % Math.Max(1, count / 2) + turn % 2 * (count / 2)) * length,
            _ => turn % count * length,
        };
    }

    /// <summary>
    /// Batches of ranges at random places, one call each; a latency is from the batch's start to a range's bytes.
    /// </summary>
    private async Task ReadBatchesAsync(CancellationToken cancellationToken)
    {
        var random = new Random(1);
        var results = new List<ZonalRangeResult>(_parameters.Batch);
        for (var pass = 0; IsDue(pass); pass++)
        {
            var ranges = MakeBatch(random);
            results.Clear();
            var started = Stopwatch.GetTimestamp();
            _meter.Resume();
            var reading = _session.ReadRangesAsync(_reader.Uri, ranges, cancellationToken: cancellationToken);
            await foreach (var result in reading)
            {
                results.Add(result);
                _latencies.Add(Stopwatch.GetElapsedTime(started));
            }

            _meter.Pause();
            foreach (var result in results)
            {
                if (result.Error is { } error) throw error;
                _bytes += result.Data!.Length;
                Check(result.Offset, result.Data);
            }
        }
    }

    /// <summary>The same into one buffer; the latency of all ranges of a batch is the batch's.</summary>
    private async Task ReadBatchesIntoAsync(CancellationToken cancellationToken)
    {
        var random = new Random(1);
        var size = (int)_parameters.IoSize;
        var buffer = new byte[size * _parameters.Batch];
        for (var pass = 0; IsDue(pass); pass++)
        {
            var ranges = MakeBatch(random);
            var started = Stopwatch.GetTimestamp();
            _meter.Resume();
            _bytes += await _reader.ReadAsync(ranges, buffer, cancellationToken: cancellationToken);
            _meter.Pause();
            var latency = Stopwatch.GetElapsedTime(started);
            for (var i = 0; i < ranges.Length; i++)
            {
                _latencies.Add(latency);
                Check(ranges[i].Offset, buffer.AsSpan(i * size, size));
            }
        }
    }

    private ByteRange[] MakeBatch(Random random)
    {
        var ranges = new ByteRange[_parameters.Batch];
        for (var i = 0; i < ranges.Length; i++)
            ranges[i] = new ByteRange(random.NextInt64(_reader.Size - _parameters.IoSize + 1), _parameters.IoSize);
        return ranges;
    }

    private async Task CheckFileAsync(string path, CancellationToken cancellationToken)
    {
        await using var file = File.OpenRead(path);
        var block = new byte[1 << 20];
        for (long offset = 0; offset < file.Length;)
        {
            var count = await file.ReadAtLeastAsync(block, block.Length, throwOnEndOfStream: false, cancellationToken);
            Check(offset, block.AsSpan(0, count));
            offset += count;
        }
    }

    private void Check(long offset, ReadOnlySpan<byte> bytes)
    {
        if (!_parameters.Verify) return;
        var at = SplitMixContent.FirstDifference(offset, bytes);
        if (at >= 0) throw new InvalidDataException($"Byte {offset + at} is wrong.");
    }
}
