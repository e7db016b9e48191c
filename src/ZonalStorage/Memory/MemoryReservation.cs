namespace ZonalStorage.Memory;

/// <summary>Bytes of a <see cref="MemoryBudget"/> that are counted for somebody until this is disposed of.</summary>
/// <remarks>
/// The one way to count memory and to stop counting it: it goes back once, whoever disposes of it and how often, and where
/// nobody does, by the finalizer. A block that was taken on it (<see cref="TakeBlock"/>) goes back with it.
/// </remarks>
internal sealed class MemoryReservation : IDisposable
{
    private readonly MemoryAccount _account;
    private readonly long _bytes;
    private NativeBlock? _block;
    private int _isReleased;

    /// <summary>Bytes that are counted already.</summary>
    internal MemoryReservation(MemoryAccount account, long bytes) => (_account, _bytes) = (account, bytes);

    // The block is left to its own handle, which may have been freed already: only the bytes are counted back.
#pragma warning disable MA0055 // A count that nobody gave back would narrow the budget for the session's life.
    ~MemoryReservation()
    {
        if (TryEnd()) _account.Release(_bytes);
    }
#pragma warning restore MA0055

    /// <summary>Takes the block that the bytes stand for; not more than once.</summary>
    /// <param name="length">Bytes; <see cref="BlockPool.SizeOf"/> them were reserved.</param>
    /// <exception cref="InsufficientMemoryException">The system has none.</exception>
    public NativeBlock TakeBlock(int length) => _block = _account.TakeReserved(length);

    /// <summary>Gives the bytes back; nobody may touch the block any more.</summary>
    public void Dispose()
    {
        if (TryEnd())
        {
            if (_block is null) _account.Release(_bytes);
            else _account.Return(_block);
        }

        GC.SuppressFinalize(this);
    }

    private bool TryEnd() => Interlocked.Exchange(ref _isReleased, 1) == 0;
}
