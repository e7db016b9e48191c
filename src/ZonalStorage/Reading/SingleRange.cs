using ZonalStorage.Memory;

namespace ZonalStorage.Reading;

/// <summary>A range that is its own read: its array, and the task of its end.</summary>
internal sealed class SingleRange : IRangeOwner
{
    private readonly TaskCompletionSource _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly byte[] _bytes;

    /// <summary>A read of <paramref name="length"/> bytes, more than 0, from <paramref name="offset"/> on.</summary>
    public SingleRange(long offset, int length, ZonalProgress? progress)
    {
        _bytes = HugePages.AllocateArray(length);
        Range = new RangeRead(offset, new DirectMemmoveBuffer(_bytes).OpenView(0, length), this, progress);
    }

    /// <summary>The range, to be added to a downloader.</summary>
    public RangeRead Range { get; }

    /// <summary>Ends with the range.</summary>
    public Task Completed => _completed.Task;

    /// <summary>The bytes, as many as the object had, once <see cref="Completed"/> has succeeded.</summary>
    public byte[] Bytes => Range.Filled == _bytes.Length ? _bytes : _bytes.AsSpan(0, Range.Filled).ToArray();

    /// <inheritdoc/>
    public void OnRangeCompleted(RangeRead range, Exception? error)
    {
        if (error is null)
        {
            _completed.TrySetResult();
        }
        else
        {
            _completed.TrySetException(error);
            // Nobody may be waiting for a range that was abandoned with its siblings.
            _ = _completed.Task.Exception;
        }
    }
}
