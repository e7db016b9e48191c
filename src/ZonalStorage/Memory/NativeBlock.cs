using System.Buffers;

namespace ZonalStorage.Memory;

/// <summary>A block of native memory, aligned and advised for huge pages, that is allocated once and reused warm.</summary>
/// <remarks>
/// Fresh 4 KiB pages cost about four times the CPU of the whole receive path (docs/performance.md), hence huge pages and
/// reuse. One owner disposes it; nobody may touch <see cref="Span"/> or a slice of <see cref="MemoryManager{T}.Memory"/>
/// afterwards.
/// </remarks>
internal sealed unsafe class NativeBlock : MemoryManager<byte>
{
    private static long _liveBytes;

    private nint _address;

    /// <summary>Allocates <paramref name="length"/> bytes, uninitialised.</summary>
    public NativeBlock(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        Length = length;
        var alignment = length >= HugePages.Size ? HugePages.Size : Environment.SystemPageSize;
        _address = NativePages.Allocate(length, alignment);
        GC.AddMemoryPressure(length);
        Interlocked.Add(ref _liveBytes, length);
        HugePages.Advise(Address, length);
    }

    /// <summary>Bytes of all blocks of the process that were not disposed.</summary>
    public static long LiveBytes => Interlocked.Read(ref _liveBytes);

    /// <summary>Bytes in the block.</summary>
    public int Length { get; }

    /// <summary>Start of the block; null once disposed.</summary>
    public byte* Address => (byte*)_address;

    /// <summary>The whole block.</summary>
    public Span<byte> Span => GetSpan();

    /// <inheritdoc/>
    public override Span<byte> GetSpan()
    {
        ObjectDisposedException.ThrowIf(_address == 0, this);
        return new Span<byte>(Address, Length);
    }

    /// <inheritdoc/>
    public override MemoryHandle Pin(int elementIndex = 0)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)elementIndex, (uint)Length, nameof(elementIndex));
        return new MemoryHandle(Address + elementIndex, pinnable: this);
    }

    /// <inheritdoc/>
    public override void Unpin()
    {
        // Native memory does not move.
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose() => ((IDisposable)this).Dispose();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        var address = Interlocked.Exchange(ref _address, 0);
        if (address == 0) return;
        NativePages.Free(address, Length);
        GC.RemoveMemoryPressure(Length);
        Interlocked.Add(ref _liveBytes, -Length);
    }
}
