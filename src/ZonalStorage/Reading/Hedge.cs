using ZonalStorage.Memory;

namespace ZonalStorage.Reading;

/// <summary>
/// A second request for the rest of a range from which nothing comes: on another stream, into memory of its own. Whichever
/// ends first counts, the other is given up.
/// </summary>
internal sealed class Hedge : IRangeOwner
{
    /// <summary>Bytes at most: beyond it a second request costs more than a slow first one.</summary>
    public const int MaximumLength = 16 << 20;

    private readonly RangeRead _first;
    private readonly byte[] _bytes;
    private readonly int _position;

    private Hedge(RangeRead first, int position)
    {
        _first = first;
        _position = position;
        _bytes = GC.AllocateUninitializedArray<byte>(first.Length - position);
        var view = MemmoveView.Over(_bytes);
        Second = new RangeRead(first.Offset + position, view, this, progress: null);
    }

    /// <summary>The second request, to be added to a downloader.</summary>
    public RangeRead Second { get; }

    /// <summary>Hedges a range that is short enough and not being copied to at the moment.</summary>
    public static Hedge? TryMake(RangeRead range)
    {
        var position = range.GetHedgeStart();
        if (position < 0 || range.Length - position is 0 or > MaximumLength) return null;
        return new Hedge(range, position);
    }

    /// <inheritdoc/>
    public void OnRangeCompleted(RangeRead range, Exception? error)
    {
        // Failed or short: the first one goes on, and its own end says why.
        if (error is null && range.Filled == _bytes.Length) _first.FinishWith(_position, _bytes);
    }
}
