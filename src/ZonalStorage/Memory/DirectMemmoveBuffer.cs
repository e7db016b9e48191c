namespace ZonalStorage.Memory;

/// <summary>
/// One destination, allocated once by whoever asked, that several streams fill side by side through views which do not
/// overlap.
/// </summary>
/// <remarks>
/// The memory is the caller's and is not cleared. <see cref="OpenView"/> from any thread; each view by its own contract.
/// Nothing in the buffer counts before <see cref="Complete"/> has returned: it checks that every view is full and that the
/// views cover what was promised.
/// </remarks>
internal sealed class DirectMemmoveBuffer(Memory<byte> memory)
{
    /// <summary>Bytes from which on a destination is written past the cache.</summary>
    /// <remarks>It would not stay there anyhow, and would push the receive block out of it.</remarks>
    public const int StreamingLength = 8 << 20;

    private readonly bool _isStreaming = memory.Length >= StreamingLength;
    private readonly object _gate = new();
    private readonly List<MemmoveView> _views = [];
    private bool _isClosed;

    /// <summary>Bytes of the destination.</summary>
    public int Length => memory.Length;

    /// <summary>A part of the destination, to be written once, front to back.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It does not lie inside the buffer.</exception>
    /// <exception cref="InvalidOperationException">It overlaps another view, or the buffer is complete or abandoned.</exception>
    public MemmoveView OpenView(int offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)offset + length, memory.Length, nameof(length));
        var view = new MemmoveView(memory.Slice(offset, length), offset, _isStreaming);
        lock (_gate)
        {
            if (_isClosed) throw new InvalidOperationException("The buffer takes no view any more.");
            foreach (var other in _views)
            {
                if (offset < other.Offset + other.Length && other.Offset < offset + length)
                {
                    throw new InvalidOperationException(
                        $"[{offset}, {offset + length}) overlaps the view [{other.Offset}, {other.Offset + other.Length}).");
                }
            }

            _views.Add(view);
        }

        return view;
    }

    /// <summary>Ends the filling: every view must be full.</summary>
    /// <returns>Bytes in all views.</returns>
    /// <exception cref="InvalidOperationException">A view is not full; the message says by how much.</exception>
    public long Complete()
    {
        long total = 0;
        lock (_gate)
        {
            _isClosed = true;
            foreach (var view in _views)
            {
                view.Seal();
                if (view.Filled != view.Length)
                {
                    throw new InvalidOperationException(
                        $"The view at {view.Offset} holds {view.Filled} of {view.Length} bytes.");
                }

                total += view.Length;
            }
        }

        return total;
    }

    /// <summary>Gives up: when this has returned nothing writes to the destination any more.</summary>
    public void Abandon()
    {
        lock (_gate)
        {
            _isClosed = true;
            foreach (var view in _views) view.Seal();
        }
    }
}
