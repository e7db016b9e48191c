using System.Numerics;

namespace ZonalStorage.Memory;

/// <summary>Native blocks that were used before and wait, warm, to be used again: by powers of two.</summary>
/// <remarks>Not thread-safe: <see cref="MemoryBudget"/> guards it. Blocks larger than the largest class are never kept.</remarks>
internal sealed class BlockPool
{
    /// <summary>Bytes of the smallest block.</summary>
    public const int Smallest = 64 << 10;

    private const int SmallestLog = 16;
    private const int LargestLog = 24;

    private readonly Stack<NativeBlock>[] _free = new Stack<NativeBlock>[LargestLog - SmallestLog + 1];

    // The fewest blocks of a class that lay free since the last trim: so many nobody needed.
    private readonly int[] _spare = new int[LargestLog - SmallestLog + 1];

    public BlockPool()
    {
        for (var i = 0; i < _free.Length; i++) _free[i] = new Stack<NativeBlock>();
    }

    /// <summary>Bytes of the blocks that wait.</summary>
    public long FreeBytes { get; private set; }

    /// <summary>Bytes of the block that a request is given.</summary>
    public static int SizeOf(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        if (length <= Smallest) return Smallest;
        // Whole pages, where doubling would waste more than reuse gives.
        return length > 1 << LargestLog
            ? checked((int)((length + 4095L) & ~4095L))
            : (int)BitOperations.RoundUpToPowerOf2((uint)length);
    }

    /// <summary>A block that waits, of exactly <paramref name="size"/> bytes; null if there is none.</summary>
    public NativeBlock? TryTake(int size)
    {
        if (ClassOf(size) is not { } index || !_free[index].TryPop(out var block)) return null;
        _spare[index] = Math.Min(_spare[index], _free[index].Count);
        FreeBytes -= size;
        return block;
    }

    /// <summary>Keeps a block.</summary>
    /// <returns>False if it is of no class: the caller frees it.</returns>
    public bool TryKeep(NativeBlock block)
    {
        if (ClassOf(block.Length) is not { } index) return false;
        _free[index].Push(block);
        FreeBytes += block.Length;
        return true;
    }

    /// <summary>Gives up blocks of at least <paramref name="bytes"/> bytes, or all; the caller frees them.</summary>
    public void Shrink(long bytes, List<NativeBlock> freed)
    {
        for (var index = _free.Length - 1; index >= 0; index--)
        {
            while (bytes > 0 && _free[index].TryPop(out var block))
            {
                bytes -= block.Length;
                FreeBytes -= block.Length;
                freed.Add(block);
            }

            _spare[index] = Math.Min(_spare[index], _free[index].Count);
        }
    }

    /// <summary>Gives up what nobody needed since the last call; the caller frees it.</summary>
    public void Trim(List<NativeBlock> freed)
    {
        for (var index = 0; index < _free.Length; index++)
        {
            for (; _spare[index] > 0; _spare[index]--)
            {
                var block = _free[index].Pop();
                FreeBytes -= block.Length;
                freed.Add(block);
            }

            _spare[index] = _free[index].Count;
        }
    }

    private static int? ClassOf(int size) =>
        BitOperations.IsPow2(size) && size is >= Smallest and <= 1 << LargestLog ? BitOperations.Log2((uint)size) - SmallestLog : null;
}
