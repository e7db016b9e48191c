using System.Numerics;
using ZonalStorage.Memory;
using ZonalStorage.Reading;

namespace ZonalStorage.Prefetching;

/// <summary>Which stretch to read ahead next.</summary>
internal static class ReadAheadPlanner
{
    /// <summary>Bytes of a piece at most.</summary>
    /// <remarks>
    /// One chunk of the service, and what is still in the cache when it is read: pieces of 8 MiB cost a tenth more
    /// (docs/performance.md).
    /// </remarks>
    public const int LargestPiece = 2 << 20;

    // A piece costs a request, so it is never smaller than this unless the object ends, another piece begins, or the window
    // would have no two of them: one arrives while the other is read.
    private const int SmallestPiece = 1 << 20;

    // Memory comes in no smaller blocks.
    private const int LeastOfAll = BlockPool.Smallest;

    // The service's chunks end at multiples of this: pieces that do too cut none.
    private const int Alignment = 2 << 20;

    // So many pieces make a window: enough that some arrive while others are read.
    private const int PiecesPerWindow = 4;

    /// <summary>Bytes that the pieces of a window have: a power of two.</summary>
    public static int PieceSize(long window)
    {
        // The largest power of two that fits in twice.
        if (window < 2 * SmallestPiece) return (int)Math.Max(LeastOfAll, BitOperations.RoundUpToPowerOf2((ulong)window / 2 + 1) / 2);
        return (int)BitOperations.RoundUpToPowerOf2((ulong)Math.Clamp(window / PiecesPerWindow, SmallestPiece, LargestPiece));
    }

    /// <summary>
    /// Bytes of a piece so far ahead of the reader: near ones are smaller, so that where a window begins the first comes soon.
    /// </summary>
    /// <param name="pieceSize">From <see cref="PieceSize"/>.</param>
    /// <param name="distance">Bytes from the reader to the piece.</param>
    public static int PieceSizeAt(int pieceSize, long distance) => (int)Math.Min(
        (ulong)pieceSize, BitOperations.RoundUpToPowerOf2((ulong)Math.Max(SmallestPiece, distance / PiecesPerWindow)));

    /// <summary>The next piece in front of <paramref name="position"/>.</summary>
    /// <param name="position">Where the pieces so far end, less than <paramref name="limit"/>.</param>
    /// <param name="limit">The object's size, or where bytes are that are held already.</param>
    /// <param name="pieceSize">From <see cref="PieceSize"/>.</param>
    public static Extent Forward(long position, long limit, int pieceSize)
    {
        var end = position + pieceSize;
        var aligned = end / Alignment * Alignment;
        if (aligned - position >= SmallestPiece) end = aligned;
        end = Math.Min(end, limit);
        return new Extent(position, end - position);
    }

    /// <summary>The next piece behind <paramref name="position"/>, for a backward scan.</summary>
    /// <param name="position">Where the pieces so far begin, more than <paramref name="limit"/>.</param>
    /// <param name="limit">0, or where bytes end that are held already.</param>
    /// <param name="pieceSize">From <see cref="PieceSize"/>.</param>
    public static Extent Backward(long position, long limit, int pieceSize)
    {
        var start = position - pieceSize;
        var aligned = (start + Alignment - 1) / Alignment * Alignment;
        if (position - aligned >= SmallestPiece && aligned >= 0) start = aligned;
        start = Math.Max(start, limit);
        return new Extent(start, position - start);
    }
}
