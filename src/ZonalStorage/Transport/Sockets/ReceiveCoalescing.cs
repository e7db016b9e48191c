using System.Diagnostics;

namespace ZonalStorage.Transport.Sockets;

/// <summary>How many bytes a receive lets gather before its thread is woken: what network cards call interrupt coalescing.</summary>
/// <remarks>
/// <para>
/// A wake-up of an idle virtual processor costs some 40 µs, and one a small answer is most of what a small answer costs. Bytes
/// that are sure to come, because the frame at hand has them, are waited for without a bound. Those that are merely due,
/// because they were asked for, are waited for while they come fast, and for a moment only: the server may have to fetch them.
/// </para>
/// <para>Of the receive thread. A receive takes what is there before it waits for as many again: hence the factors of two.</para>
/// </remarks>
internal sealed class ReceiveCoalescing
{
    // Six ranges of 64 KiB, where twice as many are due. The kernel acknowledges at once as long as the mark is not reached, and
    // a sender with a small window (BBR's on loopback is some 300 KiB) goes on meanwhile (docs/performance.md).
    private const int Most = 384 << 10;

    // Three ranges of 64 KiB. 64 KiB measured dearer, 256 KiB and more slower (docs/performance.md).
    private const int Many = 192 << 10;

    // 16 ranges of 4 KiB. Half of it costs a quarter more a range, twice as much saves nothing (docs/performance.md).
    private const int Few = 64 << 10;

    // They come in bursts: with a wait of twice what they take at the mean rate a tenth less got through.
    private const double Spare = 8;

    // Fast: so many due bytes gather within this, which is then no delay that anybody sees.
    private static readonly TimeSpan _moment = TimeSpan.FromMilliseconds(1);
    private static readonly long _momentTicks = Stopwatch.Frequency / 1000;

    private long _since;
    private int _received;
    private double _perMoment;

    /// <summary>Bytes to gather; 1 to wake for the first.</summary>
    public int WakeAt { get; private set; } = 1;

    /// <summary>The longest wait for <see cref="WakeAt"/> bytes; null where they are sure to come.</summary>
    public TimeSpan? Patience { get; private set; }

    /// <summary>Before a receive.</summary>
    /// <param name="certain">Bytes that are sure to come.</param>
    /// <param name="due">Bytes that were asked for.</param>
    public void Prepare(int certain, long due)
    {
        Patience = null;
        WakeAt = certain switch
        {
            >= 2 * Many => Many,
            >= Many => Many / 2,
            _ when due >= 2 * Most && _perMoment >= Most => Most,
            _ when due >= 2 * Many && _perMoment >= Many => Many,
            _ when due >= 2 * Few && _perMoment >= Few => Few,
            _ => 1,
        };
        if (certain < Many && WakeAt > 1) Patience = Math.Min(1, Spare * WakeAt / _perMoment) * _moment;
    }

    /// <summary>After a receive.</summary>
    /// <param name="count">What it brought.</param>
    /// <param name="now"><see cref="Stopwatch.GetTimestamp"/>.</param>
    public void Received(int count, long now)
    {
        _received += count;
        var elapsed = now - _since;
        if (_received < Many && elapsed <= _momentTicks) return;
        _perMoment = (double)_received * _momentTicks / Math.Max(1, elapsed);
        (_received, _since) = (0, now);
    }
}
