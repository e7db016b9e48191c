using ZonalStorage.Memory;

namespace ZonalStorage.Reading;

/// <summary>Some ranges of one object on their way together; their results are taken in the order asked.</summary>
/// <remarks>
/// Ranges that lie close together are one read. One signal wakes whoever takes results, for the one that is due: not one for
/// each range, which would cost more than a small range itself. Built and taken from by one thread at a time; ranges end on
/// any.
/// </remarks>
internal sealed class RangeWindow
{
    private readonly object _gate = new();
    private readonly RangeSlot[] _slots;
    private readonly WindowRead[] _reads;
    private TaskCompletionSource? _due;
    private int _awaited = -1;

    /// <summary>A window of these slots, in the order in which they are taken.</summary>
    /// <param name="slots">What is asked for; those that have a result already are left alone.</param>
    /// <param name="gap">See <see cref="CoalescePlanner.Plan"/>.</param>
    /// <param name="most">See <see cref="CoalescePlanner.Plan"/>.</param>
    /// <param name="progress">Counters to follow; null for none.</param>
    public RangeWindow(RangeSlot[] slots, long gap, long most, ZonalProgress? progress)
    {
        _slots = slots;
        var open = Enumerable.Range(0, slots.Length).Where(i => !slots[i].IsDone).ToArray();
        var extents = Array.ConvertAll(open, i => new Extent(slots[i].Offset, slots[i].Length));
        Array.Sort(extents, open, Comparer<Extent>.Create(static (a, b) => a.Offset.CompareTo(b.Offset)));
        var plan = CoalescePlanner.Plan(extents, gap, most);
        _reads = new WindowRead[plan.Count];
        for (var i = 0; i < _reads.Length; i++)
            _reads[i] = new WindowRead(this, plan[i].Extent, new ArraySegment<int>(open, plan[i].First, plan[i].Count), progress);
        Ranges = Array.ConvertAll(_reads, static r => r.Range);
        Bytes = plan.Sum(static r => r.Extent.Length);
    }

    /// <summary>Slots in the window.</summary>
    public int Count => _slots.Length;

    /// <summary>Bytes of its reads.</summary>
    public long Bytes { get; }

    /// <summary>Bytes that the memory budget holds for it.</summary>
    public long Reserved { get; set; }

    /// <summary>What is to be asked for.</summary>
    public IReadOnlyList<RangeRead> Ranges { get; }

    /// <summary>A slot, with its result once <see cref="WaitAsync"/> has ended.</summary>
    public RangeSlot this[int index] => _slots[index];

    /// <summary>Ends when a slot has its result.</summary>
    public ValueTask WaitAsync(int index, CancellationToken cancellationToken)
    {
        if (_slots[index].IsDone) return ValueTask.CompletedTask;
        Task due;
        lock (_gate)
        {
            if (_slots[index].IsDone) return ValueTask.CompletedTask;
            _awaited = index;
            _due = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            due = _due.Task;
        }

        return new ValueTask(due.WaitAsync(cancellationToken));
    }

    /// <summary>Gives up what is still on the way.</summary>
    public void Abandon(Exception reason)
    {
        foreach (var read in _reads) read.Range.Abandon(reason);
    }

    private void Signal()
    {
        TaskCompletionSource? due = null;
        lock (_gate)
        {
            if (_awaited >= 0 && _slots[_awaited].IsDone) (due, _due, _awaited) = (_due, null, -1);
        }

        due?.TrySetResult();
    }

    /// <summary>One read and the slots that it serves.</summary>
    private sealed class WindowRead : IRangeOwner
    {
        private readonly RangeWindow _window;
        private readonly byte[] _bytes;
        private readonly ArraySegment<int> _served;

        public WindowRead(RangeWindow window, in Extent extent, ArraySegment<int> served, ZonalProgress? progress)
        {
            _window = window;
            _served = served;
            _bytes = HugePages.AllocateArray((int)extent.Length);
            Range = new RangeRead(extent.Offset, MemmoveView.Over(_bytes), this, progress);
        }

        public RangeRead Range { get; }

        public void OnRangeCompleted(RangeRead range, Exception? error)
        {
            foreach (var index in _served)
            {
                if (error is null) _window._slots[index].Fill(_bytes, range.Offset, range.Filled);
                else _window._slots[index].Fail(error);
            }

            _window.Signal();
        }
    }
}
