using System.Diagnostics;

namespace ZonalStorage.Emulator.Shaping;

/// <summary>
/// A line of a given speed. Each taker books the next stretch of time on the line and waits until its stretch has
/// passed; timer jitter is made up for because bookings follow the line's clock, not the waiter's.
/// </summary>
internal sealed class Pacer(long bytesPerSecond)
{
    private readonly object _gate = new();
    private long _free = Stopwatch.GetTimestamp();

    public static Pacer? For(long bytesPerSecond) => bytesPerSecond > 0 ? new Pacer(bytesPerSecond) : null;

    public ValueTask TakeAsync(int bytes, CancellationToken cancellation)
    {
        var cost = (long)((double)bytes / bytesPerSecond * Stopwatch.Frequency);
        long due;
        lock (_gate)
        {
            _free = Math.Max(_free, Stopwatch.GetTimestamp()) + cost;
            due = _free;
        }

        return PreciseDelay.UntilAsync(due, cancellation);
    }
}
