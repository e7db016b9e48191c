using System.Buffers;
using ZonalStorage.Memory;

namespace ZonalStorage.Transfer;

/// <summary>Room for a part of a file that takes its memory when the first bytes come, not when they are asked for.</summary>
/// <remarks>
/// <para>
/// Many parts are asked for ahead, few are being received or written at a time. Taking the block that was written last, which
/// is still in the cache, for what comes next is meant to keep those few warm: copying into memory that is not in the cache
/// costs twice as much. What that is worth for a whole download was lost in noise so far (docs/performance.md).
/// </para>
/// <para>
/// Counted in the session's budget from the beginning, so that the blocks are there when they are needed. Memory may be
/// touched by any thread, until <see cref="Free"/>, which the owner calls once.
/// </para>
/// </remarks>
internal sealed class StagingBlock : MemoryManager<byte>
{
    private readonly object _gate = new();
    private readonly MemoryAccount _account;
    private readonly int _length;
    private NativeBlock? _block;
    private bool _isFreed;

    private StagingBlock(MemoryAccount account, int length)
    {
        _account = account;
        _length = length;
    }

    /// <inheritdoc/>
    public override Memory<byte> Memory => CreateMemory(_length);

    /// <summary>Room that somebody waits for; always granted.</summary>
    public static StagingBlock Take(MemoryAccount account, int length)
    {
        account.Reserve(BlockPool.SizeOf(length));
        return new StagingBlock(account, length);
    }

    /// <summary>Room for more at a time; null where it does not fit.</summary>
    public static StagingBlock? TryTake(MemoryAccount account, int length) =>
        account.TryReserve(BlockPool.SizeOf(length)) ? new StagingBlock(account, length) : null;

    /// <inheritdoc/>
    public override Span<byte> GetSpan()
    {
        if (Volatile.Read(ref _block) is { } block) return block.Span[.._length];
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isFreed, this);
            if (_block is null)
            {
                // From what is counted to what is there: the sum stays the same.
                _account.Release(BlockPool.SizeOf(_length));
                Volatile.Write(ref _block, _account.Rent(_length));
            }

            return _block.Span[.._length];
        }
    }

    /// <inheritdoc/>
    public override MemoryHandle Pin(int elementIndex = 0)
    {
        GetSpan();
        return _block!.Pin(elementIndex);
    }

    /// <inheritdoc/>
    public override void Unpin()
    {
        // Native memory does not move.
    }

    /// <summary>Gives the memory back; nobody may touch it any more.</summary>
    public void Free()
    {
        lock (_gate)
        {
            if (_isFreed) return;
            _isFreed = true;
            if (_block is { } block) _account.Return(block);
            else _account.Release(BlockPool.SizeOf(_length));
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => Free();
}
