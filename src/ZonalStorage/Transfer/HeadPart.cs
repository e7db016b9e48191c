using ZonalStorage.Memory;
using ZonalStorage.Reading;

namespace ZonalStorage.Transfer;

/// <summary>
/// The first part of a file, asked for in the message that opens the object: a small object takes one round trip in all.
/// </summary>
/// <remarks>The object's size is not known yet then, so the part may end short of what was asked for.</remarks>
internal sealed class HeadPart : IRangeOwner, IDisposable
{
    private readonly TaskCompletionSource _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly LateBlock _block;

    /// <summary>A part that fills all of <paramref name="block"/> if the object has so much from <paramref name="offset"/> on.</summary>
    public HeadPart(long offset, LateBlock block, ZonalProgress? progress)
    {
        _block = block;
        Range = new RangeRead(offset, MemmoveView.Over(block), this, progress);
    }

    /// <summary>The bytes, once <see cref="FinishAsync"/> has ended.</summary>
    public ReadOnlyMemory<byte> Bytes => _block.Bind()[..Range.Filled];

    /// <summary>The range, to be added to the message that opens the object.</summary>
    public RangeRead Range { get; }

    /// <summary>Waits for the bytes and gives their CRC32C.</summary>
    /// <exception cref="ZonalException">It failed, or there are not <paramref name="length"/> bytes.</exception>
    public async Task<uint> FinishAsync(int length, ZonalUri uri, CancellationToken cancellationToken)
    {
        using var registration = cancellationToken.UnsafeRegister(
            static (r, token) => ((RangeRead)r!).Abandon(new OperationCanceledException(token)), Range);
        await _completed.Task.ConfigureAwait(false);
        if (Range.Filled == length) return Range.Crc32C ?? Crc32C.Compute(Bytes.Span);
        throw ReadErrors.Short(uri, Range.Filled, length);
    }

    /// <summary>Gives it up, if it has not ended, and its memory back.</summary>
    public void Dispose()
    {
        Range.Abandon(ReadErrors.Closed());
        _block.Dispose();
    }

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
