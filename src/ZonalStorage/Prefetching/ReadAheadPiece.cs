using System.Diagnostics;
using ZonalStorage.Memory;
using ZonalStorage.Reading;

namespace ZonalStorage.Prefetching;

/// <summary>A stretch of an object that is read, or was read, before anybody asked for it.</summary>
/// <remarks>
/// Held by its prefetcher, by the range on its way and by each read that uses it; with the last of them its block goes back to
/// the budget. Thread-safe.
/// </remarks>
internal sealed class ReadAheadPiece : IRangeOwner
{
    private readonly Prefetcher _owner;
    private readonly LateBlock _block;
    private readonly long _asked = Stopwatch.GetTimestamp();
    private readonly object _gate = new();
    private TaskCompletionSource? _completed;
    private Exception? _error;
    private bool _isShort;
    private volatile bool _isCompleted;
    private int _holders = 2;
    private int _used;

    /// <summary>A piece that begins at <paramref name="offset"/> and is as long as its block, which it gives back.</summary>
    public ReadAheadPiece(Prefetcher owner, long offset, LateBlock block)
    {
        _owner = owner;
        _block = block;
        Offset = offset;
        Range = new RangeRead(offset, MemmoveView.Over(block), this, progress: null);
    }

    /// <summary>First byte in the object.</summary>
    public long Offset { get; }

    /// <summary>Bytes.</summary>
    public int Length => _block.Length;

    /// <summary>First byte behind it.</summary>
    public long End => Offset + Length;

    /// <summary>The range to ask for.</summary>
    public RangeRead Range { get; }

    /// <summary>Its place in its trail; null before it has one. The prefetcher's gate.</summary>
    public LinkedListNode<ReadAheadPiece>? Place { get; set; }

    /// <summary>Bytes that were read from it, each once.</summary>
    public int Used => Math.Min(Length, Volatile.Read(ref _used));

    /// <summary>True once it has its bytes, or never will.</summary>
    public bool IsCompleted => _isCompleted;

    /// <summary>True if every byte is there and checked.</summary>
    public bool IsReady => _isCompleted && _error is null && !_isShort;

    /// <summary>True if its bytes will never be there.</summary>
    public bool IsFailed => _isCompleted && (_error is not null || _isShort);

    /// <summary>Why its bytes are not there; null while they may come, and where fewer came than the object has.</summary>
    public Exception? Error => _isCompleted ? _error : null;

    /// <summary>True if no read uses it.</summary>
    public bool IsUnused => Volatile.Read(ref _holders) <= (_isCompleted ? 1 : 2);

    /// <summary>Time from the request to the last byte.</summary>
    public TimeSpan Latency { get; private set; }

    /// <summary>Ends with it, never with an error.</summary>
    public Task Completed
    {
        get
        {
            lock (_gate)
            {
                if (_isCompleted) return Task.CompletedTask;
                return (_completed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }
        }
    }

    /// <summary>Keeps it; whoever calls knows that it is held already.</summary>
    public void Hold() => Interlocked.Increment(ref _holders);

    /// <summary>Gives it back.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _holders) > 0) return;
        _block.Dispose();
        _owner.OnReleased(this);
    }

    /// <summary>Copies from <paramref name="offset"/> in the object on; it is ready, held, and has that much.</summary>
    public void CopyTo(long offset, Span<byte> destination)
    {
        _block.Span.Slice((int)(offset - Offset), destination.Length).CopyTo(destination);
        Interlocked.Add(ref _used, destination.Length);
    }

    /// <inheritdoc/>
    public void OnRangeCompleted(RangeRead range, Exception? error)
    {
        TaskCompletionSource? completed;
        lock (_gate)
        {
            Latency = Stopwatch.GetElapsedTime(_asked);
            _error = error;
            // A piece lies inside the object, so fewer bytes are not its end.
            _isShort = error is null && range.Filled != Length;
            _isCompleted = true;
            completed = _completed;
        }

        _owner.OnCompleted(this);
        completed?.TrySetResult();
        Release();
    }
}
