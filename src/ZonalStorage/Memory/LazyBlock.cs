namespace ZonalStorage.Memory;

/// <summary>A block that the budget counts from now on, and that is taken when the first byte for it comes.</summary>
/// <remarks>
/// What is asked for long before it comes would otherwise lie idle, and cold when it is written: a window that covers 10 ms
/// has tens of MiB on the way, of which only what has come and was not read yet needs memory. That is taken last in, first out,
/// and so stays in the cache (docs/performance.md). <see cref="Bind(long)"/> by the one who writes, before anybody reads;
/// <see cref="Dispose"/> when nobody does either any more.
/// </remarks>
internal sealed class LazyBlock : ILazyBuffer, IDisposable
{
    private readonly MemoryReservation _reservation;
    private NativeBlock? _block;

    /// <summary>A block that is counted already.</summary>
    /// <param name="reservation">What counts it; owned from now on.</param>
    /// <param name="length">Bytes that are needed.</param>
    internal LazyBlock(MemoryReservation reservation, int length) => (_reservation, Length) = (reservation, length);

    /// <inheritdoc/>
    public int Length { get; }

    /// <summary>What was written; empty before <see cref="Bind(long)"/>.</summary>
    public ReadOnlyMemory<byte> Memory => _block is null ? default : _block.Memory[..Length];

    /// <inheritdoc/>
    public Memory<byte> Bind(long available) => (_block ??= _reservation.TakeBlock(Length)).Memory[..Length];

    /// <inheritdoc cref="Bind(long)"/>
    public Memory<byte> Bind() => Bind(Length);

    /// <summary>Gives the memory back, or the claim to it; any further call does nothing.</summary>
    public void Dispose() => _reservation.Dispose();
}
