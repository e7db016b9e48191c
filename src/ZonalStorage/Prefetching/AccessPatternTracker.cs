using ZonalStorage.Reading;

namespace ZonalStorage.Prefetching;

/// <summary>Finds, among the reads of one handle, those that follow one another.</summary>
/// <remarks>
/// <para>
/// Several trails at a time: sequential readers that take turns, backward scans, reads at a constant distance. A read that
/// belongs to no trail is remembered a while; when another turns out to follow it, the two are a trail. For reads with gaps
/// four in a row are needed, since among random places of a small object three are easily at one distance.
/// </para>
/// <para>Not thread-safe: its prefetcher's gate guards it.</para>
/// </remarks>
/// <param name="size">Bytes of the object: who has come to its end and begins again is followed at once.</param>
/// <param name="trigger">
/// Reads that make a trail worth reading ahead; with 1 the very first read is one (a scan that was announced).
/// </param>
internal sealed class AccessPatternTracker(long size, int trigger)
{
    /// <summary>Trails that are followed at a time; the one that was not read for longest makes room.</summary>
    public const int MaximumTrails = 8;

    // Reads remembered that belong to no trail.
    private const int Remembered = 16;

    /// <summary>Reads at one distance that are a trail.</summary>
    public const int StridedStreak = 4;

    // Farther apart nothing tells a stride from chance.
    private const long MaximumStride = 64 << 20;

    private readonly Extent[] _loners = new Extent[Remembered];
    private readonly List<AccessTrail> _trails = new(MaximumTrails);
    private long _reads;

    /// <summary>Trails, the one that was read last at the end.</summary>
    public IReadOnlyList<AccessTrail> Trails => _trails;

    /// <summary>True for a trail that is worth reading ahead.</summary>
    public bool IsEstablished(AccessTrail trail) => trail.Streak >= trigger;

    /// <summary>Takes note of a read.</summary>
    /// <param name="read">Where it is.</param>
    /// <param name="dropped">The trail that it takes the place of; null for none.</param>
    /// <returns>The trail that it belongs to; null where it follows nothing.</returns>
    public AccessTrail? Observe(in Extent read, out AccessTrail? dropped)
    {
        dropped = null;
        _reads++;
        var trail = Find(read);
        if (trail is not null)
        {
            trail.Advance(read);
            _trails.Remove(trail);
        }
        else
        {
            trail = BeginAgain(read, out dropped) ?? Begin(read);
            if (trail is null)
            {
                _loners[_reads % Remembered] = read;
                return null;
            }

            if (_trails.Count == MaximumTrails) dropped = _trails[0];
            if (dropped is not null) _trails.Remove(dropped);
        }

        trail.LastSeen = _reads;
        _trails.Add(trail);
        return trail;
    }

    /// <summary>Takes a trail out that was not read for so many reads of others; null if there is none.</summary>
    public AccessTrail? TakeStale(int reads)
    {
        if (_trails.Count == 0 || _reads - _trails[0].LastSeen < reads) return null;
        var trail = _trails[0];
        _trails.RemoveAt(0);
        return trail;
    }

    private AccessTrail? Find(in Extent read)
    {
        for (var i = _trails.Count - 1; i >= 0; i--)
        {
            if (_trails[i].IsNext(read)) return _trails[i];
        }

        for (var i = _trails.Count - 1; i >= 0; i--)
        {
            if (IsEstablished(_trails[i]) && _trails[i].Covers(read)) return _trails[i];
        }

        return null;
    }

    private AccessTrail? BeginAgain(in Extent read, out AccessTrail? ended)
    {
        for (var i = _trails.Count - 1; i >= 0; i--)
        {
            ended = _trails[i];
            if (IsEstablished(ended) && ended.IsAgain(read, size))
                return new AccessTrail(ended.Direction, ended.Stride, read, ended.Streak);
        }

        ended = null;
        return null;
    }

    private AccessTrail? Begin(in Extent read)
    {
        if (trigger <= 1) return new AccessTrail(TrailDirection.Forward, read.Length, read, streak: 1);
        for (var i = 0; i < Remembered; i++)
        {
            var earlier = _loners[i];
            if (earlier.Length == 0) continue;
            TrailDirection direction;
            if (earlier.End == read.Offset) direction = TrailDirection.Forward;
            else if (earlier.Offset == read.End) direction = TrailDirection.Backward;
            else continue;
            _loners[i] = default;
            return new AccessTrail(direction, read.Offset - earlier.Offset, read, streak: 2);
        }

        return BeginStrided(read);
    }

    private AccessTrail? BeginStrided(in Extent read)
    {
        Span<int> members = stackalloc int[StridedStreak - 1];
        for (var i = 0; i < Remembered; i++)
        {
            var stride = read.Offset - _loners[i].Offset;
            if (_loners[i].Length != read.Length || Math.Abs(stride) is <= 0 or > MaximumStride) continue;
            members[0] = i;
            var count = 1;
            while (count < members.Length)
            {
                var wanted = new Extent(read.Offset - stride * (count + 1), read.Length);
                var index = Array.IndexOf(_loners, wanted);
                if (index < 0) break;
                members[count++] = index;
            }

            if (count < members.Length) continue;
            foreach (var member in members) _loners[member] = default;
            return new AccessTrail(TrailDirection.Strided, stride, read, StridedStreak);
        }

        return null;
    }
}
