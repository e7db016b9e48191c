namespace ZonalStorage.Prefetching;

/// <summary>The pieces of one handle by their places; they never overlap.</summary>
/// <remarks>Not thread-safe: the prefetcher's gate guards it. Some hundreds, of a strided reader up to 2048, so a sorted list is fastest.</remarks>
internal sealed class PieceMap
{
    private readonly List<ReadAheadPiece> _pieces = [];

    /// <summary>How many there are.</summary>
    public int Count => _pieces.Count;

    /// <summary>The piece that has the byte at <paramref name="offset"/>; null if none has.</summary>
    public ReadAheadPiece? Find(long offset)
    {
        var index = IndexOf(offset);
        return index > 0 && _pieces[index - 1] is { } piece && piece.End > offset ? piece : null;
    }

    /// <summary>Where the next piece at or behind <paramref name="offset"/> begins, at most <paramref name="limit"/>.</summary>
    public long NextStart(long offset, long limit)
    {
        var index = IndexOf(offset - 1);
        return index < _pieces.Count ? Math.Min(limit, _pieces[index].Offset) : limit;
    }

    /// <summary>Where the last piece before <paramref name="offset"/> ends; 0 if there is none.</summary>
    public long LastEnd(long offset)
    {
        var index = IndexOf(offset - 1);
        return index > 0 ? _pieces[index - 1].End : 0;
    }

    /// <summary>Adds a piece where none is.</summary>
    public void Add(ReadAheadPiece piece) => _pieces.Insert(IndexOf(piece.Offset), piece);

    /// <summary>Removes a piece.</summary>
    /// <returns>False if it is not there.</returns>
    public bool Remove(ReadAheadPiece piece)
    {
        var index = IndexOf(piece.Offset) - 1;
        if (index < 0 || _pieces[index] != piece) return false;
        _pieces.RemoveAt(index);
        return true;
    }

    // The first piece that begins behind the offset.
    private int IndexOf(long offset)
    {
        var (low, high) = (0, _pieces.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_pieces[middle].Offset <= offset) low = middle + 1;
            else high = middle;
        }

        return low;
    }
}
