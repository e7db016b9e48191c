namespace ZonalStorage.Prefetching;

/// <summary>What has the bytes of a read: one piece, several and gaps between them, or, by default, none.</summary>
/// <param name="Whole">A piece that has all of it, held for the read.</param>
/// <param name="Segments">Its parts in order.</param>
internal readonly record struct ReadCover(ReadAheadPiece? Whole, List<ReadSegment>? Segments)
{
    /// <summary>True if all of its bytes are there.</summary>
    public bool IsReady => Whole?.IsReady ?? Segments?.TrueForAll(static s => s.Piece is { IsReady: true }) ?? false;
}

/// <summary>A part of a read.</summary>
/// <param name="Piece">Has its bytes and is held for it; null where they must be read.</param>
/// <param name="Offset">First byte in the object.</param>
/// <param name="Length">Bytes.</param>
internal readonly record struct ReadSegment(ReadAheadPiece? Piece, long Offset, int Length);
