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
    // 64 KiB measured dearer, 256 KiB and more slower (docs/performance.md).
    private const int Certain = 192 << 10;

    // 16 ranges of 4 KiB. Half of it costs a quarter more a range, twice as much saves nothing (docs/performance.md).
    private const int Due = 64 << 10;

    // Fast: so many due bytes gather within this, which is then no delay that anybody sees.
    private static readonly long _moment = Stopwatch.Frequency / 1000;

    private long _since;
    private int _received;
    private bool _isFast;

    /// <summary>True if the wait for <see cref="WakeAt"/> bytes must have an end.</summary>
    public bool IsBounded { get; private set; }

    /// <summary>Bytes to gather; 1 to wake for the first.</summary>
    public int WakeAt { get; private set; } = 1;

    /// <summary>Before a receive.</summary>
    /// <param name="certain">Bytes that are sure to come.</param>
    /// <param name="due">Bytes that were asked for.</param>
    public void Prepare(int certain, long due)
    {
        WakeAt = certain switch
        {
            >= 2 * Certain => Certain,
            >= Certain => Certain / 2,
            _ => _isFast && due >= 2 * Due ? Due : 1,
        };
        IsBounded = WakeAt == Due;
    }

    /// <summary>After a receive.</summary>
    /// <param name="count">What it brought.</param>
    /// <param name="now"><see cref="Stopwatch.GetTimestamp"/>.</param>
    public void Received(int count, long now)
    {
        _received += count;
        var isLate = now - _since > _moment;
        if (_received < Due && !isLate) return;
        _isFast = !isLate;
        _received = 0;
        _since = now;
    }
}
