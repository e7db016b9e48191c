using System.Buffers;
using System.Runtime.InteropServices;

namespace ZonalStorage.Memory;

/// <summary>A block of native memory, aligned and advised for huge pages, that is allocated once and reused warm.</summary>
/// <remarks>
/// Fresh 4 KiB pages cost about four times the CPU of the whole receive path (docs/performance.md), hence huge pages and
/// reuse. One owner disposes it; nobody may touch <see cref="Span"/> or a slice of <see cref="MemoryManager{T}.Memory"/>
/// afterwards.
/// </remarks>
internal sealed unsafe partial class NativeBlock : MemoryManager<byte>
{
    // The size of a huge page on x86-64 and on arm64 with 4 KiB pages.
    private const int HugePage = 2 << 20;
    private const int AdviceHugePage = 14;

    private nint _address;

    /// <summary>Allocates <paramref name="length"/> bytes, uninitialised.</summary>
    public NativeBlock(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        Length = length;
        var alignment = length >= HugePage ? HugePage : Environment.SystemPageSize;
        _address = (nint)NativeMemory.AlignedAlloc((nuint)length, (nuint)alignment);
        GC.AddMemoryPressure(length);
        // Advice only: a kernel without huge pages refuses, and nothing but speed depends on it.
        if (length >= HugePage && OperatingSystem.IsLinux()) _ = Advise(Address, (nuint)length, AdviceHugePage);
    }

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
        var address = (byte*)Interlocked.Exchange(ref _address, 0);
        if (address == null) return;
        NativeMemory.AlignedFree(address);
        GC.RemoveMemoryPressure(Length);
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(byte* address, nuint length, int advice);
}
