using System.Diagnostics;
using System.Runtime.InteropServices;

namespace ZonalStorage.Emulator.Shaping;

/// <summary>
/// Waits to within about 0.1 ms, which Task.Delay cannot (its grain is a millisecond or more). All waits share one
/// thread, started on first use.
/// </summary>
internal static partial class PreciseDelay
{
    private const long CoarseMicroseconds = 2000;

    // What a sleeping thread takes to wake.
    private const long WakeUpMicroseconds = 50;

    // A nap cannot be cut short by somebody who is due earlier.
    private const long MaxNapMicroseconds = 500;

    private static readonly object _gate = new();
    private static readonly PriorityQueue<TaskCompletionSource, long> _waiting = new();
    private static bool _started;

    public static long After(long microseconds) =>
        Stopwatch.GetTimestamp() + (microseconds * Stopwatch.Frequency / 1_000_000);

    public static ValueTask UntilAsync(long timestamp, CancellationToken cancellation)
    {
        if (timestamp <= Stopwatch.GetTimestamp()) return ValueTask.CompletedTask;
        var source = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            _waiting.Enqueue(source, timestamp);
            if (!_started)
            {
                _started = true;
                new Thread(Run) { IsBackground = true, Name = "precise delay" }.Start();
            }

            Monitor.Pulse(_gate);
        }

        return new ValueTask(cancellation.CanBeCanceled ? source.Task.WaitAsync(cancellation) : source.Task);
    }

    private static void Run()
    {
        while (true) Nap(ReleaseDue());
    }

    /// <summary>Wakes who is due and waits, coarsely, until the next one nearly is; the result is what is left.</summary>
    private static long ReleaseDue()
    {
        lock (_gate)
        {
            while (true)
            {
                if (!_waiting.TryPeek(out var source, out var due))
                {
                    Monitor.Wait(_gate);
                    continue;
                }

                var microseconds = (due - Stopwatch.GetTimestamp()) * 1_000_000 / Stopwatch.Frequency;
                if (microseconds <= 0)
                {
                    _waiting.Dequeue();
                    source.TrySetResult();
                }
                else if (microseconds < CoarseMicroseconds)
                {
                    return microseconds;
                }
                else
                {
                    Monitor.Wait(_gate, (int)Math.Min((microseconds / 1000) - 1, int.MaxValue));
                }
            }
        }
    }

    private static void Nap(long microseconds)
    {
        if (OperatingSystem.IsWindows()) Thread.Sleep(0);
        else _ = Usleep((uint)Math.Clamp(microseconds - WakeUpMicroseconds, 1, MaxNapMicroseconds));
    }

    [LibraryImport("libc", EntryPoint = "usleep")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Usleep(uint microseconds);
}
