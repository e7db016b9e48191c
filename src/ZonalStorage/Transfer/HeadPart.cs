using ZonalStorage.Memory;
using ZonalStorage.Reading;

namespace ZonalStorage.Transfer;

/// <summary>
/// The first part of a file, asked for in the message that opens the object: a small object takes one round trip in all.
/// </summary>
/// <remarks>The object's size is not known yet then, so the part may end short of what was asked for.</remarks>
internal sealed class HeadPart : IRangeOwner
{
    private readonly TaskCompletionSource _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>A part that fills all of <paramref name="memory"/> if the object has so much from <paramref name="offset"/> on.</summary>
    public HeadPart(long offset, Memory<byte> memory, ZonalProgress? progress)
    {
        Memory = memory;
        Range = new RangeRead(
            offset, new DirectMemmoveBuffer(memory, isStaging: true).OpenView(0, memory.Length), this, progress);
    }

    /// <summary>Where the bytes go; untouched once the range has ended.</summary>
    public Memory<byte> Memory { get; }

    /// <summary>The range, to be added to the message that opens the object.</summary>
    public RangeRead Range { get; }

    /// <summary>Waits for the bytes and gives their CRC32C.</summary>
    /// <exception cref="ZonalException">It failed, or there are not <paramref name="length"/> bytes.</exception>
    public async Task<uint> FinishAsync(int length, ZonalUri uri, CancellationToken cancellationToken)
    {
        using var registration = cancellationToken.UnsafeRegister(
            static (r, token) => ((RangeRead)r!).Abandon(new OperationCanceledException(token)), Range);
        await _completed.Task;
        if (Range.Filled == length) return Range.Crc32C ?? ZonalStorage.Memory.Crc32C.Append(0, Memory.Span[..length]);
        throw ReadErrors.Short(uri, Range.Filled, length);
    }

    /// <summary>Gives it up; the memory may be used for other things when this has returned.</summary>
    public void Abandon() => Range.Abandon(ReadErrors.Closed());

    /// <inheritdoc/>
    public void OnRangeCompleted(RangeRead range, Exception? error)
    {
        if (error is null)
        {
            _completed.TrySetResult();
            return;
        }

        _completed.TrySetException(error);
        // Nobody may be waiting for it.
        _ = _completed.Task.Exception;
    }
}
