using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using ZonalStorage.TestSupport;

namespace ZonalStorage.Throughput.Reliability;

/// <summary>Hours of what a busy program does, against a server that fails: nothing lost, nothing wrong, nothing left over.</summary>
internal sealed class Soak(TimeSpan duration, double rate, int workers, int seed) : IDisposable
{
    private const long LargestObject = 24 << 20;
    private const int SecondsBetweenRests = 10;

    // Of some sessions, whatever this machine has: with workers other threads check what comes, and bytes are in other places.
    private const int CopyWorkers = 2;

    // What a read outlives. Faults that change a connection for good are the fault table's matter.
    private static readonly string[] _faults =
    [
        "return-503", "return-500", "return-429", "return-504", "return-503-retry-in-100ms", "return-broken-stream",
        "return-broken-stream-after-100K", "return-broken-stream-after-1M", "ok-after-100K", "abort-without-detail",
        "redirect-send-token-a", "redirect-send-handle-and-token-a", "redirect-after-1M-token-a", "corrupt-chunk", "wrong-crc",
        "wrong-crc-2", "no-crc", "short-range", "no-range-end", "double-range-end", "unknown-id", "empty-messages",
        "misplaced-chunk", "overlapping-chunk", "duplicate-chunk", "swapped-chunks", "rst-stream-7", "rst-stream-2-after-100K",
        "drop-connection", "drop-connection-after-1M", "cut-frame-after-100K", "goaway", "goaway-after-100K",
        "stall-before-data-300ms", "stall-after-100K-300ms", "stall-after-100K-10s", "drip-empty-messages", "slow-drip-5ms",
        "reject-handle", "huge-headers-200K", "huge-trailers-200K",
    ];

    private readonly ConcurrentDictionary<string, long> _reads = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> _errors = new(StringComparer.Ordinal);
    private readonly Stopwatch _clock = new();

    // A worker holds one while it reads; who holds them all knows that nothing is on its way.
    private readonly SemaphoreSlim _reading = new(workers);
    private long _wrong;
    private long _hung;
    private long _bytes;
    private long _broken;
    private long _sessions;

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        string[] faults = [.. _faults.SelectMany(static f => new[] { "--fault", f })];
        await using var emulator = await EmulatorProcess.StartAsync(
            [.. faults, "--fault-rate", rate.ToString(CultureInfo.InvariantCulture), "--fault-seed", seed.ToString(CultureInfo.InvariantCulture)]);
        using var admin = new EmulatorAdmin(emulator.Admin);
        var folder = Directory.CreateTempSubdirectory("zonal-soak");
        var busy = new List<ResourceSample>();
        var atRest = new List<ResourceSample>();
        try
        {
            // What the first use of everything takes for good is no leak.
            await RunWorkersAsync(emulator.Endpoint, folder.FullName, TimeSpan.FromSeconds(5), [], [], cancellationToken);
            await admin.GetStatisticsAsync();
            var before = await ResourceSample.TakeSettledAsync(default);
            await RunWorkersAsync(emulator.Endpoint, folder.FullName, duration, busy, atRest, cancellationToken);
            var isLetGo = await admin.IsLetGoAsync();
            var after = await ResourceSample.TakeSettledAsync(_clock.Elapsed);
            return Report(await admin.GetStatisticsAsync(), busy, atRest, before, after, isLetGo);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    public void Dispose() => _reading.Dispose();

    private async Task RunWorkersAsync(
        Uri endpoint, string folder, TimeSpan time, List<ResourceSample> busy, List<ResourceSample> atRest, CancellationToken cancellationToken)
    {
        _clock.Restart();
        await using var shared = ZonalSession.Create(Options(endpoint, "shared"));
        await using var narrow = ZonalSession.Create(
            Options(endpoint, "narrow") with { StreamsPerObject = 1, Connections = 1, CopyWorkers = CopyWorkers });
        var running = Task.WhenAll(Enumerable.Range(0, workers).Select(w => Task.Run(
            () => WorkAsync(endpoint, [shared, narrow], new Random((seed * 1000) + w), folder, time, cancellationToken), cancellationToken)));
        while (!running.IsCompleted)
        {
            await Task.WhenAny(running, Task.Delay(1000, cancellationToken));
            busy.Add(ResourceSample.TakeCollected(_clock.Elapsed));
            if (busy.Count % SecondsBetweenRests > 0) continue;
            atRest.Add(await TakeAtRestAsync(cancellationToken));
            await Console.Error.WriteLineAsync($"busy {busy[^1]}\nat rest {atRest[^1]}");
        }

        await running;
        Interlocked.Add(ref _broken, shared.BrokenStreams + narrow.BrokenStreams);
        _clock.Stop();
    }

    // What a read holds while it runs differs by more than a leak would grow: without any, what is left shows.
    private async Task<ResourceSample> TakeAtRestAsync(CancellationToken cancellationToken)
    {
        for (var i = 0; i < workers; i++) await _reading.WaitAsync(cancellationToken);
        var sample = ResourceSample.TakeCollected(_clock.Elapsed);
        _reading.Release(workers);
        return sample;
    }

    private static ZonalSessionOptions Options(Uri endpoint, string name) => new()
    {
        Endpoint = endpoint, ApplicationName = name, StallTimeout = TimeSpan.FromSeconds(2),
    };

    private async Task WorkAsync(
        Uri endpoint, ZonalSession[] shared, Random random, string folder, TimeSpan time, CancellationToken cancellationToken)
    {
        while (_clock.Elapsed < time)
        {
            await _reading.WaitAsync(cancellationToken);
            try
            {
                if (random.Next(8) > 0) await ReadAsync(shared[random.Next(shared.Length)], random, folder, cancellationToken);
                else await ReadInOwnSessionAsync(endpoint, random, folder, cancellationToken);
            }
            finally
            {
                // Also of a worker that fails: the next rest would wait for it for ever, and its failure never be told.
                _reading.Release();
            }
        }
    }

    // With connections of its own, used a little and closed.
    private async Task ReadInOwnSessionAsync(Uri endpoint, Random random, string folder, CancellationToken cancellationToken)
    {
        var number = Interlocked.Increment(ref _sessions);
        var options = Options(endpoint, FormattableString.Invariant($"own-{number}"));
        var own = ZonalSession.Create(number % 2 == 0 ? options : options with { CopyWorkers = CopyWorkers });
        for (var i = random.Next(1, 5); i > 0; i--) await ReadAsync(own, random, folder, cancellationToken);
        Interlocked.Add(ref _broken, own.BrokenStreams);
        await own.DisposeAsync();
    }

    private async Task ReadAsync(ZonalSession session, Random random, string folder, CancellationToken cancellationToken)
    {
        var kind = ReadKind.All[random.Next(ReadKind.All.Count)];
        var task = new ReadTask(session, random.NextInt64(400_000, LargestObject), random, folder);
        try
        {
            await kind.RunAsync(task, cancellationToken).WaitAsync(TimeSpan.FromMinutes(3), cancellationToken);
            _reads.AddOrUpdate(kind.Name, 1, static (_, n) => n + 1);
            Interlocked.Add(ref _bytes, task.Size);
        }
        catch (ZonalException e)
        {
            _errors.AddOrUpdate(e.ErrorId, 1, static (_, n) => n + 1);
            await Console.Error.WriteLineAsync($"{kind.Name} of {task.Uri}: {e.Message}");
        }
        catch (WrongBytesException e)
        {
            Interlocked.Increment(ref _wrong);
            await Console.Error.WriteLineAsync($"WRONG, {kind.Name} of {task.Uri}: {e.Message}");
        }
        catch (TimeoutException)
        {
            Interlocked.Increment(ref _hung);
            await Console.Error.WriteLineAsync($"HANG, {kind.Name} of {task.Uri}");
        }
    }

    private int Report(JsonElement statistics, List<ResourceSample> busy, List<ResourceSample> atRest, ResourceSample before, ResourceSample after, bool isLetGo)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{_clock.Elapsed.TotalMinutes:0.0} min, {workers} workers, fault rate {rate}, {_sessions} sessions"));
        foreach (var (kind, count) in _reads.OrderBy(static r => r.Key, StringComparer.Ordinal)) Console.WriteLine($"  {kind,-20} {count,8} reads right");
        Console.WriteLine($"  {"wrong bytes",-20} {_wrong,8}\n  {"hung",-20} {_hung,8}\n  {"streams replaced",-20} {_broken,8}");
        foreach (var (id, count) in _errors) Console.WriteLine($"  error {id,-14} {count,8}");
        Console.WriteLine($"  objects of {_bytes / (1L << 30)} GiB in all");
        Console.WriteLine("faults that struck:");
        foreach (var fault in statistics.GetProperty("faults").EnumerateObject()) Console.WriteLine($"  {fault.Name,-34} {fault.Value.GetInt64(),8}");

        ReportMemory("busy", busy);
        var growth = ReportMemory("at rest", atRest);
        Console.WriteLine($"before and after: threads {before.Threads} and {after.Threads}, handles {before.Handles} and {after.Handles}, "
            + $"managed {before.Managed >> 10} and {after.Managed >> 10} KiB, resident {before.WorkingSet >> 20} and {after.WorkingSet >> 20} MiB");
        // The pool's own threads and the runtime's handles vary by a few.
        var isClean = isLetGo && after.Threads <= before.Threads + 2 && after.Handles <= before.Handles + 4 && growth <= 1.05;
        Console.WriteLine(isClean ? "nothing left over" : $"LEFT OVER (streams let go: {isLetGo})");
        return _wrong == 0 && _hung == 0 && isClean ? 0 : 1;
    }

    private static double ReportMemory(string when, List<ResourceSample> samples)
    {
        var second = Median(samples, 1, static s => s.WorkingSet);
        var last = Median(samples, 3, static s => s.WorkingSet);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"memory {when}: second quarter {second / 1048576:0.0} MiB, last quarter {last / 1048576:0.0} MiB, ratio {last / second:0.000}; managed {Median(samples, 1, static s => s.Managed) / 1024:0} and {Median(samples, 3, static s => s.Managed) / 1024:0} KiB"));
        return last / second;
    }

    // Not the mean: a few large arrays on their way at that moment are a tenth of all.
    private static double Median(List<ResourceSample> samples, int quarter, Func<ResourceSample, long> value)
    {
        var part = samples.Skip(samples.Count * quarter / 4).Take(Math.Max(1, samples.Count / 4)).Select(value).Order().ToList();
        return part.Count == 0 ? double.NaN : part[part.Count / 2];
    }
}
