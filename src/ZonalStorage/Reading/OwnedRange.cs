using ZonalStorage.Diagnostics;
using ZonalStorage.Memory;

namespace ZonalStorage.Reading;

/// <summary>A range, the memory that it fills, and the end of both.</summary>
/// <remarks>
/// Two hold it from the start: the range on its way, until nothing writes to the memory any more, and whoever made it. The
/// memory is freed by the last holder, whichever that is, so nobody need know whether a copy is under way. Thread-safe.
/// </remarks>
internal class OwnedRange : ReferenceCountedLease, IRangeOwner
{
    private readonly OrderedLock _gate = new(LockRank.RangeOwner);
    private readonly ILazyBuffer _buffer;
    private TaskCompletionSource? _completed;
    private Exception? _error;
    private volatile bool _isCompleted;

    /// <summary>A range that begins at <paramref name="offset"/> and is as long as its buffer.</summary>
    /// <param name="offset">First byte in the object.</param>
    /// <param name="buffer">What it fills; disposed of, where it can be, by the last holder.</param>
    /// <param name="progress">Counters to follow; null for none.</param>
    public OwnedRange(long offset, ILazyBuffer buffer, ZonalProgress? progress)
        : base(holders: 2)
    {
        _buffer = buffer;
        Offset = offset;
        Range = new RangeRead(offset, MemmoveView.Over(buffer), this, progress);
    }

    /// <summary>First byte in the object.</summary>
    public long Offset { get; }

    /// <summary>Bytes asked for.</summary>
    public int Length => _buffer.Length;

    /// <summary>First byte behind it.</summary>
    public long End => Offset + Length;

    /// <summary>What to ask for.</summary>
    public RangeRead Range { get; }

    /// <summary>True once it has its bytes, or never will.</summary>
    public bool IsCompleted => _isCompleted;

    /// <summary>Why its bytes are not there; null while they may come, and where the object ended before the range did.</summary>
    public Exception? Error => _isCompleted ? _error : null;

    /// <summary>True if every byte is there and checked.</summary>
    public bool IsReady => _isCompleted && _error is null && Range.Filled == Length;

    /// <summary>True if not all of its bytes will ever be there.</summary>
    public bool IsFailed => _isCompleted && !IsReady;

    /// <summary>Bytes that came, once it is completed and while it is held.</summary>
    public ReadOnlyMemory<byte> Bytes => Range.Filled == 0 ? default : _buffer.Bind(Range.Filled)[..Range.Filled];

    /// <summary>CRC32C of <see cref="Bytes"/>.</summary>
    public uint Crc32C => Range.Crc32C ?? Memory.Crc32C.Compute(Bytes.Span);

    /// <summary>True if nobody but its maker, and the range while it is on its way, holds it.</summary>
    public bool IsUnused => Holders <= (_isCompleted ? 1 : 2);

    /// <summary>Ends with it, and never with an error: <see cref="Error"/> says whether there is one.</summary>
    /// <remarks>So nobody has to wait, or to observe an error, for whom it was read in vain.</remarks>
    public Task Completed
    {
        get
        {
            TaskCompletionSource completed;
            using (_gate.Enter())
            {
                if (_isCompleted) return Task.CompletedTask;
                // Not on the receive thread: its next job is the next chunk.
                completed = _completed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            return completed.Task;
        }
    }

    /// <summary>Waits for the end.</summary>
    /// <param name="cancellationToken">Gives the range up.</param>
    /// <exception cref="OperationCanceledException">It was given up; nothing writes to the memory any more.</exception>
    /// <exception cref="ZonalException">It failed.</exception>
    public async ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        if (!_isCompleted)
        {
            using var registration = cancellationToken.UnsafeRegister(
                static (r, token) => ((RangeRead)r!).Abandon(new OperationCanceledException(token)), Range);
            await Completed.ConfigureAwait(false);
        }

        if (_error is { } error) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(error);
    }

    /// <summary>Waits for all of so many bytes.</summary>
    /// <inheritdoc cref="WaitAsync(CancellationToken)"/>
    /// <exception cref="ZonalException">It failed, or other than <paramref name="length"/> bytes came.</exception>
    public async ValueTask WaitAsync(int length, ZonalUri uri, CancellationToken cancellationToken)
    {
        await WaitAsync(cancellationToken).ConfigureAwait(false);
        if (Range.Filled != length) throw ReadErrors.Short(uri, Range.Filled, length);
    }

    /// <inheritdoc/>
    public void OnRangeCompleted(RangeRead range, Exception? error)
    {
        TaskCompletionSource? completed;
        using (_gate.Enter())
        {
            _error = error;
            OnCompleting();
            _isCompleted = true;
            completed = _completed;
        }

        OnCompleted();
        completed?.TrySetResult();
        Release();
    }

    /// <summary>The memory.</summary>
    protected ILazyBuffer Buffer => _buffer;

    /// <summary>Before anybody sees the end; under the lock.</summary>
    protected virtual void OnCompleting()
    {
        // Most have nothing to note.
    }

    /// <summary>Before anybody who waits is told of the end.</summary>
    protected virtual void OnCompleted()
    {
        // Most tell nobody else.
    }

    /// <inheritdoc/>
    protected override void OnReleased() => (_buffer as IDisposable)?.Dispose();
}
