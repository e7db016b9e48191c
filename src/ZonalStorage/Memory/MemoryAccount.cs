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

    /// <summary>A block for what somebody waits for; always granted.</summary>
    /// <param name="length">Bytes at least.</param>
    /// <returns>To be given to <see cref="Return"/>.</returns>
    public NativeBlock Rent(int length)
    {
        var size = BlockPool.SizeOf(length);
        _budget.TakeAnyway(this, size, isBlock: true, out var block);
        return block ?? Allocate(size);
    }

    /// <summary>A block for what somebody waits for and may come much later; always granted.</summary>
    /// <param name="length">Bytes.</param>
    public LateBlock RentLate(int length)
    {
        Reserve(BlockPool.SizeOf(length));
        return new LateBlock(this, length);
    }

    /// <summary>A block for what may come much later; null where it does not fit.</summary>
    /// <param name="length">Bytes.</param>
    public LateBlock? TryRentLate(int length) => TryReserve(BlockPool.SizeOf(length)) ? new LateBlock(this, length) : null;

    /// <summary>A block for read-ahead; null where it does not fit.</summary>
    /// <inheritdoc cref="Rent"/>
    public NativeBlock? TryRent(int length)
    {
        var size = BlockPool.SizeOf(length);
        return _budget.TryTake(this, size, isBlock: true, out var block) ? block ?? Allocate(size) : null;
    }

    /// <summary>Gives a block back; nobody may touch it any more.</summary>
    public void Return(NativeBlock block) => _budget.Recycle(this, block);

    /// <summary>Counts memory of the caller's own that somebody waits for; always granted.</summary>
    public void Reserve(long bytes) => _budget.TakeAnyway(this, bytes, isBlock: false, out _);

    /// <summary>Counts memory of the caller's own for read-ahead.</summary>
    /// <returns>False where it does not fit.</returns>
    public bool TryReserve(long bytes) => _budget.TryTake(this, bytes, isBlock: false, out _);

    /// <summary>Gives back what was reserved.</summary>
    public void Release(long bytes) => _budget.GiveBack(this, bytes);

    /// <inheritdoc/>
    public void Dispose() => _budget.Close(this);

    /// <summary>The memory of a <see cref="LateBlock"/>, which was counted when that was made.</summary>
    internal NativeBlock TakeCounted(int length)
    {
        var size = BlockPool.SizeOf(length);
        return _budget.TakeCounted(size) ?? new NativeBlock(size);
    }

    internal void GiveUp(long bytes) => _giveUp?.Invoke(bytes);

    private NativeBlock Allocate(int size)
    {
        try
        {
            return new NativeBlock(size);
        }
        catch
        {
            _budget.GiveBack(this, size);
            throw;
        }
    }
}
