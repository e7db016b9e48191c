namespace ZonalStorage.Memory;

/// <summary>
/// One destination, allocated once by whoever asked, that several streams fill side by side through views which do not
/// overlap.
/// </summary>
/// <remarks>
/// The memory is the caller's and is not cleared. Views are opened by one thread, before the first of them is read into; each is
/// written by its own contract. Nothing in the buffer counts before <see cref="Complete"/> has returned: it checks that every
/// view is full and that nobody writes any more.
/// </remarks>
internal sealed class DirectMemmoveBuffer(Memory<byte> memory)
{
    /// <summary>Bytes from which on a destination is written by non-temporal stores.</summary>
    /// <remarks>It would not stay in the cache anyhow, and would push the receive block out of it.</remarks>
    public const int NonTemporalLength = 8 << 20;

    private readonly bool _isNonTemporal = memory.Length >= NonTemporalLength;
    private readonly List<MemmoveView> _views = [];
    private bool _isComplete;

    /// <summary>Bytes of the destination.</summary>
    public int Length => memory.Length;

    /// <summary>A part of the destination, to be written once, front to back.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It does not lie inside the buffer.</exception>
    /// <exception cref="InvalidOperationException">It overlaps another view, or the buffer is complete.</exception>
    public MemmoveView OpenView(int offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)offset + length, memory.Length, nameof(length));
        if (_isComplete) throw new InvalidOperationException("The buffer takes no view any more.");
        foreach (var other in _views)
        {
            if (offset < other.Offset + other.Length && other.Offset < offset + length)
            {
                throw new InvalidOperationException(
                    $"[{offset}, {offset + length}) overlaps the view [{other.Offset}, {other.Offset + other.Length}).");
            }
        }

        var view = new MemmoveView(memory.Slice(offset, length), offset, _isNonTemporal);
        _views.Add(view);
        return view;
    }

    /// <summary>Ends the filling: every view must be full.</summary>
    /// <returns>Bytes in all views.</returns>
    /// <exception cref="InvalidOperationException">A view is not full, or still written; the message says which.</exception>
    public long Complete()
    {
        _isComplete = true;
        long total = 0;
        foreach (var view in _views)
        {
            if (view.Filled != view.Length || view.PassesUnderWay > 0)
            {
                throw new InvalidOperationException(
                    $"The view at {view.Offset} holds {view.Filled} of {view.Length} bytes, "
                    + $"with {view.PassesUnderWay} copies under way.");
            }

            total += view.Length;
        }

        return total;
    }
}
