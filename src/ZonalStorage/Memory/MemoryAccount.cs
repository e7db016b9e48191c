namespace ZonalStorage.Memory;

/// <summary>One reader's or transfer's part in a <see cref="MemoryBudget"/>.</summary>
/// <remarks>Thread-safe. What is held when it is disposed of may be given back later.</remarks>
internal sealed class MemoryAccount : IDisposable
{
    private readonly MemoryBudget _budget;
    private readonly Action<long>? _giveUp;

    internal MemoryAccount(MemoryBudget budget, Action<long>? giveUp)
    {
        _budget = budget;
        _giveUp = giveUp;
    }

    /// <summary>Bytes held. The budget's gate.</summary>
    internal long Held { get; set; }

    /// <summary>True if it can be asked for read-ahead.</summary>
    internal bool CanGiveUp => _giveUp is not null;

    /// <summary>Counts memory that somebody waits for; always granted.</summary>
    /// <returns>Disposed of when the memory is not used any more.</returns>
    public MemoryReservation Reserve(long bytes)
    {
        _budget.TakeAnyway(this, bytes);
        return new MemoryReservation(this, bytes);
    }

    /// <summary>Counts memory for read-ahead; null where it does not fit.</summary>
    public MemoryReservation? TryReserve(long bytes) => _budget.TryTake(this, bytes) ? new MemoryReservation(this, bytes) : null;

    /// <summary>A block for what somebody waits for; always granted, and bound when its first byte comes.</summary>
    /// <param name="length">Bytes.</param>
    public LazyBlock Rent(int length) => new(Reserve(BlockPool.SizeOf(length)), length);

    /// <summary>A block for read-ahead; null where it does not fit.</summary>
    /// <inheritdoc cref="Rent"/>
    public LazyBlock? TryRent(int length) =>
        TryReserve(BlockPool.SizeOf(length)) is { } reservation ? new LazyBlock(reservation, length) : null;

    /// <inheritdoc/>
    public void Dispose() => _budget.Close(this);

    /// <summary>The block of a reservation.</summary>
    internal NativeBlock TakeReserved(int length)
    {
        var size = BlockPool.SizeOf(length);
        return _budget.TakeReserved(size) ?? new NativeBlock(size);
    }

    internal void Return(NativeBlock block) => _budget.Recycle(this, block);

    internal void Release(long bytes) => _budget.GiveBack(this, bytes);

    internal void GiveUp(long bytes) => _giveUp?.Invoke(bytes);
}
