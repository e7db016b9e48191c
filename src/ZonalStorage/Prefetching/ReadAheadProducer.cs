using ZonalStorage.Memory;
using ZonalStorage.Reading;

namespace ZonalStorage.Prefetching;

/// <summary>Makes the pieces that a trail is to have ahead of it.</summary>
/// <remarks>Not thread-safe: the prefetcher's gate guards it.</remarks>
internal sealed class ReadAheadProducer(Prefetcher owner, PieceMap pieces, MemoryAccount account, long size)
{
    // Pieces of a strided trail, which are as small as its reads: more than these are no faster.
    private const int MaximumStridedPieces = 2048;

    /// <summary>Makes pieces until the trail has its window ahead, as far as the budget goes.</summary>
    /// <param name="trail">Has just been read.</param>
    /// <param name="ahead">What it has ahead.</param>
    /// <param name="changes">Takes the pieces that are to be asked for.</param>
    public void Extend(AccessTrail trail, ReadAhead ahead, ref ReadAheadChanges changes)
    {
        if (trail.AheadDirection == TrailDirection.Strided) ExtendStrided(trail, ahead, ref changes);
        else if (trail.AheadDirection == TrailDirection.Forward) ExtendForward(trail, ahead, ref changes);
        else ExtendBackward(trail, ahead, ref changes);
    }

    private void ExtendForward(AccessTrail trail, ReadAhead ahead, ref ReadAheadChanges changes)
    {
        // Nothing is left of what was produced if its pieces failed.
        ahead.Produced = ahead.Pieces.Count == 0 ? trail.Last.End : Math.Max(ahead.Produced, trail.Last.End);
        var pieceSize = ReadAheadPlanner.PieceSize(ahead.Window.Size);
        var end = Math.Min(size, trail.Last.End + ahead.Window.Size);
        if (end - ahead.Produced < LowWater(ahead, pieceSize) && end < size) return;
        while (ahead.Produced < end)
        {
            if (pieces.Find(ahead.Produced) is { } held)
            {
                Adopt(ahead, held);
                ahead.Produced = held.End;
                continue;
            }

            var extent = ReadAheadPlanner.Forward(
                ahead.Produced,
                pieces.NextStart(ahead.Produced, size),
                ReadAheadPlanner.PieceSizeAt(pieceSize, ahead.Produced - trail.Last.End));
            if (!TryAdd(ahead, extent, ref changes)) return;
            ahead.Produced = extent.End;
        }
    }

    private void ExtendBackward(AccessTrail trail, ReadAhead ahead, ref ReadAheadChanges changes)
    {
        ahead.Produced = ahead.Pieces.Count == 0 ? trail.Last.Offset : Math.Min(ahead.Produced, trail.Last.Offset);
        var pieceSize = ReadAheadPlanner.PieceSize(ahead.Window.Size);
        var start = Math.Max(0, trail.Last.Offset - ahead.Window.Size);
        if (ahead.Produced - start < LowWater(ahead, pieceSize) && start > 0) return;
        while (ahead.Produced > start)
        {
            if (pieces.Find(ahead.Produced - 1) is { } held)
            {
                Adopt(ahead, held);
                ahead.Produced = held.Offset;
                continue;
            }

            var extent = ReadAheadPlanner.Backward(
                ahead.Produced,
                pieces.LastEnd(ahead.Produced),
                ReadAheadPlanner.PieceSizeAt(pieceSize, trail.Last.Offset - ahead.Produced));
            if (!TryAdd(ahead, extent, ref changes)) return;
            ahead.Produced = extent.Offset;
        }
    }

    private void ExtendStrided(AccessTrail trail, ReadAhead ahead, ref ReadAheadChanges changes)
    {
        var next = trail.Next;
        if (ahead.Pieces.Count == 0 || (trail.IsAscending ? ahead.Produced < next : ahead.Produced > next)) ahead.Produced = next;
        // Twice as many with each read that proves the guess.
        var proven = 1L << Math.Min(trail.Streak, 32) >> (AccessPatternTracker.StridedStreak - 1);
        var wanted = Math.Min(Math.Min(ahead.Window.Size / trail.Last.Length, proven), MaximumStridedPieces);
        // As many at a time as a piece of a sequential trail has bytes: a request for each would cost more than its bytes.
        var together = Math.Clamp(ReadAheadPlanner.LargestPiece / trail.Last.Length, 1, Math.Max(1, wanted / 4));
        if (wanted - ahead.Pieces.Count < together) return;
        for (var count = ahead.Pieces.Count; count < wanted; count++, ahead.Produced += trail.Stride)
        {
            if (ahead.Produced < 0 || ahead.Produced >= size) return;
            var end = Math.Min(size, ahead.Produced + trail.Last.Length);
            if (pieces.Find(ahead.Produced) is not null || pieces.NextStart(ahead.Produced, end) < end) continue;
            if (!TryAdd(ahead, new Extent(ahead.Produced, end - ahead.Produced), ref changes)) return;
        }
    }

    // As soon as there is room for a piece: the way runs dry in steps no larger than that. Waiting for a quarter of the window
    // cost a tenth of the rate at 10 ms (docs/performance.md).
    private static long LowWater(ReadAhead ahead, int pieceSize) => Math.Min(ahead.Window.Size, pieceSize);

    /// <summary>Takes over a piece of another trail, which might drop it before this one comes there.</summary>
    private static void Adopt(ReadAhead ahead, ReadAheadPiece piece)
    {
        if (piece.Place!.List == ahead.Pieces) return;
        piece.Place.List!.Remove(piece.Place);
        ahead.Pieces.AddLast(piece.Place);
    }

    private bool TryAdd(ReadAhead ahead, Extent extent, ref ReadAheadChanges changes)
    {
        if (account.TryRentLate((int)extent.Length) is not { } block) return false;
        var piece = new ReadAheadPiece(owner, extent.Offset, block);
        pieces.Add(piece);
        piece.Place = ahead.Pieces.AddLast(piece);
        changes.Ask(piece);
        return true;
    }
}
