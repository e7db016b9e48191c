using ZonalStorage.Reading;

namespace ZonalStorage.Prefetching;

/// <summary>What a prefetcher is to do once it has left its gate.</summary>
internal struct ReadAheadChanges
{
    /// <summary>Ranges of pieces to be asked for; null for none.</summary>
    public List<RangeRead>? Asked { get; private set; }

    /// <summary>Streams to ask for them on.</summary>
    public int Streams { get; set; }

    /// <summary>Pieces on their way that nobody wants any more; null for none.</summary>
    public List<ReadAheadPiece>? Abandoned { get; private set; }

    /// <summary>Notes a piece to be asked for.</summary>
    public void Ask(ReadAheadPiece piece) => (Asked ??= []).Add(piece.Range);

    /// <summary>Notes a piece to be abandoned and released.</summary>
    public void Abandon(ReadAheadPiece piece) => (Abandoned ??= []).Add(piece);
}
