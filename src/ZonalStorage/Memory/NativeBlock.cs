using System.Buffers;
using System.Runtime.InteropServices;

namespace ZonalStorage.Memory;

/// <summary>A block of native memory, aligned and advised for huge pages, that is allocated once and reused warm.</summary>
/// <remarks>
/// Fresh 4 KiB pages cost about four times the CPU of the whole receive path (docs/performance.md), hence huge pages and
/// reuse. One owner disposes it; nobody may touch <see cref="Span"/> or a slice of <see cref="MemoryManager{T}.Memory"/>
/// afterwards. The memory itself belongs to a safe handle: a block that nobody disposed of is freed when nobody refers to it
/// any more, and not before, since who uses a slice refers to the block.
/// </remarks>
internal sealed unsafe class NativeBlock : MemoryManager<byte>
{
    private static long _liveBytes;

    private readonly PagesHandle _pages;

    /// <summary>Allocates <paramref name="length"/> bytes, uninitialised.</summary>
    /// <exception cref="InsufficientMemoryException">The system has none.</exception>
    public NativeBlock(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        Length = length;
        _pages = new PagesHandle(length);
        HugePages.Advise(Address, length);
    }

    /// <summary>Bytes of all blocks of the process that were not freed.</summary>
    public static long LiveBytes => Interlocked.Read(ref _liveBytes);

    /// <summary>Bytes in the block.</summary>
    public int Length { get; }

    /// <summary>Start of the block; whoever uses it keeps the block referred to.</summary>
    public byte* Address => (byte*)_pages.DangerousGetHandle();

    /// <summary>The whole block.</summary>
    public Span<byte> Span => GetSpan();

    /// <inheritdoc/>
    public override Span<byte> GetSpan()
    {
        ObjectDisposedException.ThrowIf(_pages.IsClosed, this);
        return new Span<byte>(Address, Length);
    }

    /// <inheritdoc/>
    public override MemoryHandle Pin(int elementIndex = 0)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)elementIndex, (uint)Length, nameof(elementIndex));
        var isHeld = false;
        _pages.DangerousAddRef(ref isHeld);
        return new MemoryHandle(Address + elementIndex, pinnable: this);
    }

    /// <inheritdoc/>
    public override void Unpin() => _pages.DangerousRelease();

    /// <summary>Frees the memory.</summary>
    public void Dispose() => ((IDisposable)this).Dispose();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _pages.Dispose();

    /// <summary>Pages of the system.</summary>
    private sealed class PagesHandle : SafeHandle
    {
        private readonly int _length;

        public PagesHandle(int length)
            : base(invalidHandleValue: 0, ownsHandle: true)
        {
            _length = length;
            var alignment = length >= HugePages.Size ? HugePages.Size : Environment.SystemPageSize;
            SetHandle(NativePages.Allocate(length, alignment));
            GC.AddMemoryPressure(length);
            Interlocked.Add(ref _liveBytes, length);
        }

        public override bool IsInvalid => handle == 0;

        protected override bool ReleaseHandle()
        {
            NativePages.Free(handle, _length);
            GC.RemoveMemoryPressure(_length);
            Interlocked.Add(ref _liveBytes, -_length);
            return true;
        }
    }
}
