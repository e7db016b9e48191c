namespace ZonalStorage.Memory;

/// <summary>A block that the budget counts from now on, and that is taken when the first byte for it comes.</summary>
/// <remarks>
/// What is asked for long before it comes would otherwise lie idle, and cold when it is written: a window that covers 10 ms
/// has tens of MiB on the way, of which only what has come and was not read yet needs memory. That is taken last in, first out,
/// and so stays in the cache (docs/performance.md). <see cref="Bind"/> by the one who writes, before anybody reads;
/// <see cref="Dispose"/> when nobody does either any more.
/// </remarks>
internal sealed class LateBlock : ILateMemory, IDisposable
{
    private readonly MemoryAccount _account;
    private NativeBlock? _block;
    private bool _isReturned;

    /// <summary>A block that is counted already.</summary>
    /// <param name="account">Whose.</param>
    /// <param name="length">Bytes that are needed.</param>
    internal LateBlock(MemoryAccount account, int length) => (_account, Length) = (account, length);

    /// <inheritdoc/>
    public int Length { get; }

    /// <summary>What was written; not before <see cref="Bind"/>.</summary>
    public ReadOnlySpan<byte> Span => _block!.Span[..Length];

    /// <inheritdoc/>
    public Memory<byte> Bind() => (_block ??= _account.TakeCounted(Length)).Memory[..Length];

    /// <summary>Gives the memory back, or the claim to it.</summary>
    public void Dispose()
    {
        if (_isReturned) return;
        _isReturned = true;
        if (_block is null) _account.Release(BlockPool.SizeOf(Length));
        else _account.Return(_block);
    }
}
