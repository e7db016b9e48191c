using System.Diagnostics;

namespace ZonalStorage.Emulator.Shaping;

/// <summary>
/// A line of a given speed. Each taker books the next stretch of time on the line and waits until its stretch has
/// passed. A taker that woke late may book some milliseconds into the past, so timer jitter does not cost speed.
/// </summary>
internal sealed class Pacer(long bytesPerSecond)
{
    private static readonly long _grace = Stopwatch.Frequency * 4 / 1000;

    private readonly object _gate = new();
    private long _free = Stopwatch.GetTimestamp();

    /// <summary>What the line carries in two milliseconds, within bounds.</summary>
    public int Piece { get; } = (int)Math.Clamp(bytesPerSecond / 500, 16 * 1024, 1 << 20);

    public static Pacer? For(long bytesPerSecond) => bytesPerSecond > 0 ? new Pacer(bytesPerSecond) : null;

    public ValueTask TakeAsync(int bytes, CancellationToken cancellation)
    {
        var cost = (long)((double)bytes / bytesPerSecond * Stopwatch.Frequency);
        long due;
        lock (_gate)
        {
            _free = Math.Max(_free, Stopwatch.GetTimestamp() - _grace) + cost;
            due = _free;
        }

        return PreciseDelay.UntilAsync(due, cancellation);
    }
}
