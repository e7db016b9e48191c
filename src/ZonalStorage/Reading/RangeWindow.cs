using ZonalStorage.Diagnostics;
using ZonalStorage.Memory;

namespace ZonalStorage.Reading;

/// <summary>Some ranges of one object on their way together; their results are taken in the order asked.</summary>
/// <remarks>
/// <para>
/// Ranges that lie close together are one read. Built and taken from by one thread at a time; ranges end on any.
/// </para>
/// <para>
/// Wake-ups are batched: whoever finds no result is woken when the window is complete, or by the first result after
/// <see cref="_longestWait"/>. Small ranges come by twenties, and a pool thread woken for each twenty would spin most of the time
/// between.
/// </para>
/// </remarks>
internal sealed class RangeWindow : IRangeOwner, IDisposable
{
    /// <summary>The longest that a result lies ready before whoever waits for it is woken.</summary>
    private static readonly TimeSpan _longestWait = TimeSpan.FromMilliseconds(10);

    private readonly OrderedLock _gate = new(LockRank.RangeOwner);
    private readonly MemoryReservation _reservation;
    private readonly TimeProvider _time;
    private readonly RangeSlot[] _slots;
    private readonly RangeRead[] _reads;

    // What each read serves, as stretches of the slots' numbers by offset; and its bytes.
    private readonly int[] _byOffset;
    private readonly List<CoalescedRead> _plan;
    private readonly LazyArray[] _arrays;

    private TaskCompletionSource? _due;
    private ITimer? _alarm;
    private int _awaited = -1;
    private int _open;
    private bool _isBatching;

    /// <summary>A window of these slots, in the order in which they are taken.</summary>
    /// <param name="slots">What is asked for; those that have a result already are left alone.</param>
    /// <param name="gap">See <see cref="CoalescePlanner.Plan"/>.</param>
    /// <param name="most">See <see cref="CoalescePlanner.Plan"/>.</param>
    /// <param name="reservation">What the memory budget holds for it; given back with the window.</param>
    /// <param name="time">The clock.</param>
    /// <param name="progress">Counters to follow; null for none.</param>
    public RangeWindow(
        RangeSlot[] slots, long gap, long most, MemoryReservation reservation, TimeProvider time, ZonalProgress? progress)
    {
        (_slots, _reservation, _time) = (slots, reservation, time);
        _byOffset = [.. Enumerable.Range(0, slots.Length).Where(i => !slots[i].IsDone)];
        var extents = Array.ConvertAll(_byOffset, i => new Extent(slots[i].Offset, slots[i].Length));
        Array.Sort(extents, _byOffset, Comparer<Extent>.Create(static (a, b) => a.Offset.CompareTo(b.Offset)));
        _plan = CoalescePlanner.Plan(extents, gap, most);
        _arrays = new LazyArray[_plan.Count];
        _reads = new RangeRead[_plan.Count];
        for (var i = 0; i < _reads.Length; i++)
        {
            var extent = _plan[i].Extent;
            _arrays[i] = new LazyArray((int)extent.Length, whole: extent.Length);
            _reads[i] = new RangeRead(extent.Offset, MemmoveView.Over(_arrays[i]), this, progress) { Number = i };
        }

        _open = _reads.Length;
    }

    /// <summary>Slots in the window.</summary>
    public int Count => _slots.Length;

    /// <summary>What is to be asked for.</summary>
    public IReadOnlyList<RangeRead> Ranges => _reads;

    /// <summary>A slot, with its result once <see cref="WaitAsync"/> has ended.</summary>
    public ref readonly RangeSlot this[int index] => ref _slots[index];

    /// <summary>Ends when a slot has its result, or a little later.</summary>
    public ValueTask WaitAsync(int index, CancellationToken cancellationToken)
    {
        if (_slots[index].IsDone) return ValueTask.CompletedTask;
        Task due;
        using (_gate.Enter())
        {
            if (_slots[index].IsDone) return ValueTask.CompletedTask;
            _awaited = index;
            _due = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            due = _due.Task;
            _isBatching = true;
            _alarm ??= _time.CreateTimer(
                static w => ((RangeWindow)w!).OnAlarm(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _alarm.Change(_longestWait, Timeout.InfiniteTimeSpan);
        }

        return new ValueTask(due.WaitAsync(cancellationToken));
    }

    /// <summary>Gives up what is still on the way, and its memory back.</summary>
    public void Abandon(Exception reason)
    {
        foreach (var read in _reads) read.Abandon(reason);
        Dispose();
    }

    /// <summary>No alarm goes off any more; its memory goes back.</summary>
    public void Dispose()
    {
        using (_gate.Enter())
        {
            _alarm?.Dispose();
            _alarm = null;
        }

        _reservation.Dispose();
    }

    /// <inheritdoc/>
    public void OnRangeCompleted(RangeRead range, Exception? error)
    {
        var (_, first, count) = _plan[range.Number];
        foreach (var index in _byOffset.AsSpan(first, count))
        {
            if (error is null) _slots[index].Fill(_arrays[range.Number].Bytes ?? [], range.Offset, range.Filled, isShared: count > 1);
            else _slots[index].Fail(error);
        }

        TaskCompletionSource? due = null;
        using (_gate.Enter())
        {
            // Without an open read every slot is done.
            if (--_open == 0 || !_isBatching) due = TakeDue();
        }

        due?.TrySetResult();
    }

    private void OnAlarm()
    {
        TaskCompletionSource? due;
        using (_gate.Enter())
        {
            _isBatching = false;
            due = TakeDue();
        }

        due?.TrySetResult();
    }

    private TaskCompletionSource? TakeDue()
    {
        _gate.AssertHeld();
        if (_awaited < 0 || !_slots[_awaited].IsDone) return null;
        var due = _due;
        (_due, _awaited, _isBatching) = (null, -1, false);
        // One that went off for nothing would wake a thread, too.
        _alarm?.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        return due;
    }
}
