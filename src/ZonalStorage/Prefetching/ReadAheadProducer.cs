using ZonalStorage.Memory;
using ZonalStorage.Reading;

namespace ZonalStorage.Prefetching;

/// <summary>Makes the pieces that a trail is to have ahead of it.</summary>
/// <remarks>
/// <para>
/// As a rule it goes on where it stopped. Where nothing is there of what comes next it begins anew: a piece has failed, or it
/// was another trail's, which has given it up. Else reads would go through the hole one by one, with all the window behind it.
/// </para>
/// <para>Not thread-safe: the prefetcher's gate guards it.</para>
/// </remarks>
internal sealed class ReadAheadProducer(Prefetcher owner, PieceMap pieces, MemoryAccount account, long size)
{
    // Pieces of a strided trail, which are as small as its reads: more than these are no faster.
    private const int MaximumStridedPieces = 2048;

    /// <summary>Makes pieces until the trail has its window ahead, as far as the budget goes.</summary>
    /// <param name="trail">Has just been read.</param>
    /// <param name="ahead">What it has ahead.</param>
    /// <param name="changes">Takes the pieces that are to be asked for.</param>
    /// <returns>False if memory was short.</returns>
    public bool TryExtend(AccessTrail trail, ReadAhead ahead, ref ReadAheadChanges changes)
    {
        if (pieces.Find(trail.NextByte) is null) ahead.Produced = trail.AheadFrom;
        return trail.AheadDirection switch
        {
            TrailDirection.Strided => TryExtendStrided(trail, ahead, ref changes),
            TrailDirection.Forward => TryExtendForward(trail, ahead, ref changes),
            _ => TryExtendBackward(trail, ahead, ref changes),
        };
    }

    private bool TryExtendForward(AccessTrail trail, ReadAhead ahead, ref ReadAheadChanges changes)
    {
        ahead.Produced = Math.Max(ahead.Produced, trail.Last.End);
        var pieceSize = ReadAheadPlanner.PieceSize(ahead.Window.Size);
        var end = Math.Min(size, trail.Last.End + ahead.Window.Size);
        if (end - ahead.Produced < LowWater(ahead, pieceSize) && end < size) return true;
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
            if (!TryAdd(ahead, extent, ref changes)) return false;
            ahead.Produced = extent.End;
        }

        return true;
    }

    private bool TryExtendBackward(AccessTrail trail, ReadAhead ahead, ref ReadAheadChanges changes)
    {
        ahead.Produced = Math.Min(ahead.Produced, trail.Last.Offset);
        var pieceSize = ReadAheadPlanner.PieceSize(ahead.Window.Size);
        var start = Math.Max(0, trail.Last.Offset - ahead.Window.Size);
        if (ahead.Produced - start < LowWater(ahead, pieceSize) && start > 0) return true;
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
            if (!TryAdd(ahead, extent, ref changes)) return false;
            ahead.Produced = extent.Offset;
        }

        return true;
    }

    private bool TryExtendStrided(AccessTrail trail, ReadAhead ahead, ref ReadAheadChanges changes)
    {
        ahead.Produced = trail.IsAscending ? Math.Max(ahead.Produced, trail.Next) : Math.Min(ahead.Produced, trail.Next);
        // Twice as many with each read that proves the guess.
        var proven = 1L << Math.Min(trail.Streak, 32) >> (AccessPatternTracker.StridedStreak - 1);
        var wanted = Math.Min(Math.Min(ahead.Window.Size / trail.Last.Length, proven), MaximumStridedPieces);
        // As many at a time as a piece of a sequential trail has bytes: a request for each would cost more than its bytes.
        var together = Math.Clamp(ReadAheadPlanner.LargestPiece / trail.Last.Length, 1, Math.Max(1, wanted / 4));
        var places = (ahead.Produced - trail.Next) / trail.Stride;
        if (wanted - places < together) return true;
        for (; places < wanted; places++, ahead.Produced += trail.Stride)
        {
            if (ahead.Produced < 0 || ahead.Produced >= size) return true;
            var place = new Extent(ahead.Produced, Math.Min(trail.Last.Length, size - ahead.Produced));
            if (!TryCover(ahead, place, ref changes)) return false;
        }

        return true;
    }

    /// <summary>Has all of a place ahead: as one piece, unless some of it is held already.</summary>
    private bool TryCover(ReadAhead ahead, Extent place, ref ReadAheadChanges changes)
    {
        for (var position = place.Offset; position < place.End;)
        {
            if (pieces.Find(position) is { } held)
            {
                Adopt(ahead, held);
                position = held.End;
                continue;
            }

            var extent = new Extent(position, pieces.NextStart(position, place.End) - position);
            if (!TryAdd(ahead, extent, ref changes)) return false;
            position = extent.End;
        }

        return true;
    }

    // As soon as there is room for a piece: the way runs dry in steps no larger than that. Waiting for a quarter of the window
    // cost a tenth of the rate at 10 ms (docs/performance.md).
    private static long LowWater(ReadAhead ahead, int pieceSize) => Math.Min(ahead.Window.Size, pieceSize);

    /// <summary>Takes over a piece of another trail, which might drop it before this one comes there.</summary>
    private static void Adopt(ReadAhead ahead, ReadAheadPiece piece)
    {
        if (piece.Place!.List == ahead.Pieces) return;
        piece.Place.List!.Remove(piece.Place);
        ahead.Add(piece);
    }

    private bool TryAdd(ReadAhead ahead, Extent extent, ref ReadAheadChanges changes)
    {
        if (account.TryRent((int)extent.Length) is not { } block) return false;
        var piece = new ReadAheadPiece(owner, extent.Offset, block);
        pieces.Add(piece);
        ahead.Add(piece);
        changes.Ask(piece);
        return true;
    }
}
