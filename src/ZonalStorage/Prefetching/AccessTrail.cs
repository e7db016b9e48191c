using ZonalStorage.Reading;

namespace ZonalStorage.Prefetching;

/// <summary>Reads that follow one another: the next one's place can be told.</summary>
/// <remarks>Not thread-safe: its prefetcher's gate guards it.</remarks>
internal sealed class AccessTrail
{
    // Of the running mean of lengths: about the last eight reads count.
    private const int Memory = 8;

    // Gaps no larger than this, and than the reads, are read too: about what a range costs beside its bytes.
    private const long SmallGap = 32 << 10;

    private double _meanLength;

    /// <summary>A trail of reads that are known already.</summary>
    /// <param name="direction">How they follow one another.</param>
    /// <param name="stride">Bytes from the start of one to the start of the next; of use where they leave gaps.</param>
    /// <param name="last">The newest.</param>
    /// <param name="streak">How many there were.</param>
    public AccessTrail(TrailDirection direction, long stride, Extent last, int streak)
    {
        (Direction, Stride, Last, Streak) = (direction, stride, last, streak);
        _meanLength = last.Length;
        (AheadStart, AheadEnd) = (last.Offset, last.End);
    }

    /// <summary>How the reads follow one another.</summary>
    public TrailDirection Direction { get; }

    /// <summary>Bytes from the start of a read to the start of the next, negative for backward.</summary>
    public long Stride { get; }

    /// <summary>True if it goes towards the object's end.</summary>
    public bool IsAscending => Direction == TrailDirection.Forward || (Direction == TrailDirection.Strided && Stride > 0);

    /// <summary>What is read ahead: all that lies ahead one way, or only what the reads want.</summary>
    public TrailDirection AheadDirection => Direction != TrailDirection.Strided || Math.Abs(Stride) - Last.Length > Math.Min(SmallGap, Last.Length)
        ? Direction
        : IsAscending ? TrailDirection.Forward : TrailDirection.Backward;

    /// <summary>Bytes by which a read brings the trail forward, as far as they are read ahead.</summary>
    public long Step => Direction != AheadDirection ? Math.Abs(Stride) : Last.Length;

    /// <summary>The newest read.</summary>
    public Extent Last { get; private set; }

    /// <summary>Reads that followed one another.</summary>
    public int Streak { get; private set; }

    /// <summary>Number of the read that was the newest, among all of the handle.</summary>
    public long LastSeen { get; set; }

    /// <summary>Running mean of the reads' lengths, in bytes.</summary>
    public long MeanLength => (long)_meanLength;

    /// <summary>First byte that is held for it, or of its newest read. Its prefetcher keeps it.</summary>
    public long AheadStart { get; set; }

    /// <summary>The byte behind the last that is held for it, or behind its newest read. Its prefetcher keeps it.</summary>
    public long AheadEnd { get; set; }

    /// <summary>What was read ahead of it; null before there was anything. Its prefetcher keeps it.</summary>
    public ReadAhead? Ahead { get; set; }

    /// <summary>The next read begins here, or for <see cref="TrailDirection.Backward"/> ends here.</summary>
    public long Next => Direction switch
    {
        TrailDirection.Forward => Last.End,
        TrailDirection.Backward => Last.Offset,
        _ => Last.Offset + Stride,
    };

    /// <summary>
    /// Where what is to be there ahead of it begins; for <see cref="TrailDirection.Backward"/>, where it ends.
    /// </summary>
    public long AheadFrom => AheadDirection switch
    {
        TrailDirection.Forward => Last.End,
        TrailDirection.Backward => Last.Offset,
        _ => Next,
    };

    /// <summary>The byte nearest ahead that is to be there.</summary>
    public long NextByte => AheadDirection == TrailDirection.Backward ? AheadFrom - 1 : AheadFrom;

    /// <summary>True if a read goes on where the trail stands.</summary>
    public bool IsNext(in Extent read) => Direction switch
    {
        TrailDirection.Forward => read.Offset == Next,
        TrailDirection.Backward => read.End == Next,
        _ => read.Offset == Next && read.Length <= Last.Length,
    };

    /// <summary>True if the trail has come to its end of the object and a read begins again at the other.</summary>
    /// <param name="read">The read.</param>
    /// <param name="size">Bytes of the object.</param>
    public bool IsAgain(in Extent read, long size) => Direction switch
    {
        TrailDirection.Forward => read.Offset == 0 && Next >= size,
        TrailDirection.Backward => read.End >= size && Next == 0,
        _ when Stride > 0 => read.Offset < Stride && Next >= size && read.Length == Last.Length,
        _ => read.End > size + Stride && Next < 0 && read.Length == Last.Length,
    };

    /// <summary>True if a read begins inside what the trail has: skipping forth and back there is no new place.</summary>
    public bool Covers(in Extent read) => Direction switch
    {
        TrailDirection.Forward => read.Offset >= AheadStart && read.Offset < AheadEnd,
        TrailDirection.Backward => read.End > AheadStart && read.End <= AheadEnd,
        _ => false,
    };

    /// <summary>A read has followed.</summary>
    public void Advance(in Extent read)
    {
        Last = read;
        Streak++;
        _meanLength += (read.Length - _meanLength) / Math.Min(Streak, Memory);
    }
}

/// <summary>How the reads of a trail follow one another.</summary>
internal enum TrailDirection
{
    /// <summary>Each begins where the one before ended.</summary>
    Forward,

    /// <summary>Each ends where the one before began.</summary>
    Backward,

    /// <summary>Each begins at the same distance from the one before, either way, with a gap between them.</summary>
    Strided,
}
