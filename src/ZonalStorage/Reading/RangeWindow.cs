using ZonalStorage.Memory;

namespace ZonalStorage.Reading;

/// <summary>Some ranges of one object on their way together; their results are taken in the order asked.</summary>
/// <remarks>
/// <para>
/// Ranges that lie close together are one read. Built and taken from by one thread at a time; ranges end on any.
/// </para>
/// <para>
/// Whoever finds no result is woken when the window is complete, or by the first result after a <see cref="_nap"/>: small
/// ranges come by twenties, and a thread of the pool that were woken for each twenty would spin most of the time between.
/// </para>
/// </remarks>
internal sealed class RangeWindow : IRangeOwner, IDisposable
{
    /// <summary>The longest that a result lies ready before whoever waits for it is woken.</summary>
    private static readonly TimeSpan _nap = TimeSpan.FromMilliseconds(10);

    private readonly object _gate = new();
    private readonly RangeSlot[] _slots;
    private readonly RangeRead[] _reads;

    // What each read serves, as stretches of the slots' numbers by offset; and its bytes.
    private readonly int[] _byOffset;
    private readonly List<CoalescedRead> _plan;
    private readonly byte[][] _bytes;

    private TaskCompletionSource? _due;
    private Timer? _alarm;
    private int _awaited = -1;
    private int _open;
    private bool _isNapping;

    /// <summary>A window of these slots, in the order in which they are taken.</summary>
    /// <param name="slots">What is asked for; those that have a result already are left alone.</param>
    /// <param name="gap">See <see cref="CoalescePlanner.Plan"/>.</param>
    /// <param name="most">See <see cref="CoalescePlanner.Plan"/>.</param>
    /// <param name="progress">Counters to follow; null for none.</param>
    public RangeWindow(RangeSlot[] slots, long gap, long most, ZonalProgress? progress)
    {
        _slots = slots;
        _byOffset = [.. Enumerable.Range(0, slots.Length).Where(i => !slots[i].IsDone)];
        var extents = Array.ConvertAll(_byOffset, i => new Extent(slots[i].Offset, slots[i].Length));
        Array.Sort(extents, _byOffset, Comparer<Extent>.Create(static (a, b) => a.Offset.CompareTo(b.Offset)));
        _plan = CoalescePlanner.Plan(extents, gap, most);
        _bytes = new byte[_plan.Count][];
        _reads = new RangeRead[_plan.Count];
        for (var i = 0; i < _reads.Length; i++)
        {
            var extent = _plan[i].Extent;
            _bytes[i] = HugePages.AllocateArray((int)extent.Length);
            _reads[i] = new RangeRead(extent.Offset, MemmoveView.Over(_bytes[i]), this, progress) { Number = i };
            Bytes += extent.Length;
        }

        _open = _reads.Length;
    }

    /// <summary>Slots in the window.</summary>
    public int Count => _slots.Length;

    /// <summary>Bytes of its reads.</summary>
    public long Bytes { get; }

    /// <summary>Bytes that the memory budget holds for it.</summary>
    public long Reserved { get; set; }

    /// <summary>What is to be asked for.</summary>
    public IReadOnlyList<RangeRead> Ranges => _reads;

    /// <summary>A slot, with its result once <see cref="WaitAsync"/> has ended.</summary>
    public ref readonly RangeSlot this[int index] => ref _slots[index];

    /// <summary>Ends when a slot has its result, or a little later.</summary>
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
            _isNapping = true;
            _alarm ??= new Timer(static w => ((RangeWindow)w!).OnAlarm(), this, Timeout.Infinite, Timeout.Infinite);
            _alarm.Change(_nap, Timeout.InfiniteTimeSpan);
        }

        return new ValueTask(due.WaitAsync(cancellationToken));
    }

    /// <summary>Gives up what is still on the way.</summary>
    public void Abandon(Exception reason)
    {
        foreach (var read in _reads) read.Abandon(reason);
    }

    /// <summary>No alarm goes off any more.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _alarm?.Dispose();
            _alarm = null;
        }
    }

    /// <inheritdoc/>
    public void OnRangeCompleted(RangeRead range, Exception? error)
    {
        var (_, first, count) = _plan[range.Number];
        foreach (var index in _byOffset.AsSpan(first, count))
        {
            if (error is null) _slots[index].Fill(_bytes[range.Number], range.Offset, range.Filled);
            else _slots[index].Fail(error);
        }

        TaskCompletionSource? due = null;
        lock (_gate)
        {
            // Without an open read every slot is done.
            if (--_open == 0 || !_isNapping) due = TakeDue();
        }

        due?.TrySetResult();
    }

    private void OnAlarm()
    {
        TaskCompletionSource? due;
        lock (_gate)
        {
            _isNapping = false;
            due = TakeDue();
        }

        due?.TrySetResult();
    }

    // Gate.
    private TaskCompletionSource? TakeDue()
    {
        if (_awaited < 0 || !_slots[_awaited].IsDone) return null;
        var due = _due;
        (_due, _awaited, _isNapping) = (null, -1, false);
        // One that went off for nothing would wake a thread, too.
        _alarm?.Change(Timeout.Infinite, Timeout.Infinite);
        return due;
    }
}
