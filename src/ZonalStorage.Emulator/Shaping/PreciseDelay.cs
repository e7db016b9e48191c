using System.Diagnostics;
using System.Runtime.InteropServices;

namespace ZonalStorage.Emulator.Shaping;

/// <summary>
/// Waits to within about 0.1 ms, which Task.Delay cannot (its grain is a millisecond or more). All waits share one
/// thread, started on first use.
/// </summary>
internal static partial class PreciseDelay
{
    private const long SliceMicroseconds = 100;

    private static readonly object Gate = new();
    private static readonly PriorityQueue<TaskCompletionSource, long> Waiting = new();
    private static bool _started;

    public static long After(long microseconds) =>
        Stopwatch.GetTimestamp() + (microseconds * Stopwatch.Frequency / 1_000_000);

    public static ValueTask UntilAsync(long timestamp, CancellationToken cancellation)
    {
        if (timestamp <= Stopwatch.GetTimestamp()) return ValueTask.CompletedTask;
        var source = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (Gate)
        {
            Waiting.Enqueue(source, timestamp);
            if (!_started)
            {
                _started = true;
                new Thread(Run) { IsBackground = true, Name = "precise delay" }.Start();
            }

            Monitor.Pulse(Gate);
        }

        return new ValueTask(cancellation.CanBeCanceled ? source.Task.WaitAsync(cancellation) : source.Task);
    }

    private static void Run()
    {
        while (true)
        {
            lock (Gate)
            {
                while (Waiting.TryPeek(out var source, out var due))
                {
                    var left = due - Stopwatch.GetTimestamp();
                    if (left <= 0)
                    {
                        Waiting.Dequeue();
                        source.TrySetResult();
                        continue;
                    }

                    var milliseconds = left * 1000 / Stopwatch.Frequency;
                    if (milliseconds < 2) break;
                    Monitor.Wait(Gate, (int)Math.Min(milliseconds - 1, int.MaxValue));
                }

                if (Waiting.Count == 0)
                {
                    Monitor.Wait(Gate);
                    continue;
                }
            }

            Nap();
        }
    }

    private static void Nap()
    {
        if (OperatingSystem.IsWindows()) Thread.Sleep(0);
        else _ = Usleep((uint)SliceMicroseconds);
    }

    [LibraryImport("libc", EntryPoint = "usleep")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Usleep(uint microseconds);
}
