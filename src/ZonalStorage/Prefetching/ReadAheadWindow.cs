namespace ZonalStorage.Prefetching;

/// <summary>How many bytes to read ahead of a trail: twice what is on the way at the rate at which it is read.</summary>
/// <remarks>
/// <para>
/// The way holds bandwidth × latency bytes; once more that many give the reader something to read meanwhile. The rate is the
/// reader's own, the best of some rounds (a round is a window read), and the latency the least of late, so that what queues
/// behind the window itself does not count. A reader that the window holds back reads it once a latency, which asks for a
/// window twice as large: so it grows from small to right in a few latencies, and no further, however fast the reader.
/// </para>
/// <para>Not thread-safe: its prefetcher's gate guards it.</para>
/// </remarks>
/// <param name="limit">Bytes at most, by the user's word.</param>
/// <param name="initial">Bytes to begin with.</param>
internal sealed class ReadAheadWindow(long limit, long initial)
{
    /// <summary>Bytes to begin with where nothing is known: little is lost if the trail ends here.</summary>
    public const long DefaultInitial = 2 << 20;

    // Less than this, once the trail has gone on, leaves too few pieces for the receive thread and the reader to work side by side.
    private const long Least = 8 << 20;

    // As the original: up to here, or two reads where those are larger.
    private const long OrdinaryMost = 128 << 20;

    private const double Gain = 2;

    // The best of so many rounds is the rate: one slow round is no reason to shrink.
    private readonly double[] _rates = new double[4];
    private int _round;
    private long _roundBytes;
    private TimeSpan _roundStart = TimeSpan.MinValue;

    /// <summary>True once it was read so often that its size tells of the way and not of the beginning.</summary>
    public bool IsProven => _round >= _rates.Length;

    /// <summary>Bytes to have ahead, as of the last <see cref="Add"/>.</summary>
    public long Size { get; private set; } = Math.Min(limit, initial);

    /// <summary>Takes note of a read.</summary>
    /// <param name="bytes">Its length.</param>
    /// <param name="meanLength">Mean length of the trail's reads.</param>
    /// <param name="latency">Least latency of late; null if not known.</param>
    /// <param name="now">When the read began, on any clock.</param>
    public void Add(long bytes, long meanLength, TimeSpan? latency, TimeSpan now)
    {
        var least = Math.Max(_round == 0 ? 1 : Least, 2 * meanLength);
        var most = Math.Min(limit, Math.Max(2 * meanLength, OrdinaryMost));
        if (_roundStart == TimeSpan.MinValue) _roundStart = now;
        var elapsed = now - _roundStart;
        if (_roundBytes >= Size && elapsed > TimeSpan.Zero)
        {
            _rates[_round++ % _rates.Length] = _roundBytes / elapsed.TotalSeconds;
            (_roundBytes, _roundStart) = (0, now);
            if (latency is { } way) Size = Next((long)(Gain * _rates.Max() * way.TotalSeconds));
        }

        Size = Math.Max(1, Math.Min(most, Math.Max(least, Size)));
        // The read counts for the time until the next one.
        _roundBytes += bytes;
    }

    // Until there are rounds enough it only grows: the first of them have the wait for the first bytes in them. Never by more
    // than twice: what lay ready before may be read at any rate.
    private long Next(long wanted) => Math.Clamp(wanted, IsProven ? 1 : Size, 2 * Size);
}
