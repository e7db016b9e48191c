namespace ZonalStorage.Prefetching;

/// <summary>What a trail has ahead of it.</summary>
/// <remarks>Not thread-safe: its prefetcher's gate guards it.</remarks>
internal sealed class ReadAhead(AccessTrail trail, ReadAheadWindow window)
{
    /// <summary>How much to have ahead.</summary>
    public ReadAheadWindow Window { get; } = window;

    /// <summary>Pieces in the order in which the trail comes to them; those it has passed are gone.</summary>
    public LinkedList<ReadAheadPiece> Pieces { get; } = [];

    /// <summary>
    /// How far the pieces go: the byte behind them; for backward the first of them; for strided the start of the next.
    /// </summary>
    public long Produced { get; set; } = trail.AheadFrom;

    /// <summary>Takes a piece in, where the trail comes to it.</summary>
    /// <param name="piece">Of no trail.</param>
    public void Add(ReadAheadPiece piece)
    {
        // At the end, unless it fills a hole.
        var before = Pieces.Last;
        while (before is not null && before.Value.Offset > piece.Offset == trail.IsAscending) before = before.Previous;
        piece.Place = before is null ? Pieces.AddFirst(piece) : Pieces.AddAfter(before, piece);
    }
}
