using System.Buffers;
using System.Runtime.InteropServices;

namespace ZonalStorage.Throughput;

/// <summary>
/// A destination whose pages are there before anything is measured, in huge pages where the system has them.
/// </summary>
internal sealed unsafe partial class WarmMemory : MemoryManager<byte>
{
    private const int HugePage = 2 << 20;
    private const int AdviceHugePage = 14;

    // A Memory<byte> holds less than 2 GiB.
    private const int MaximumPiece = 1 << 30;

    private readonly byte* _address;
    private readonly int _length;

    private WarmMemory(long offset, int length)
    {
        Offset = offset;
        _length = length;
        _address = (byte*)NativeMemory.AlignedAlloc((nuint)length, HugePage);
        if (OperatingSystem.IsLinux()) _ = Advise(_address, (nuint)length, AdviceHugePage);
        GetSpan().Fill(1);
    }

    /// <summary>Where in the object this piece begins.</summary>
    public long Offset { get; }

    /// <summary>Room for an object of any size.</summary>
    public static WarmMemory[] Cover(long size)
    {
        var pieces = new List<WarmMemory>();
        for (long offset = 0; offset < size; offset += MaximumPiece)
            pieces.Add(new WarmMemory(offset, (int)Math.Min(MaximumPiece, size - offset)));
        return [.. pieces];
    }

    public override Span<byte> GetSpan() => new(_address, _length);

    public override MemoryHandle Pin(int elementIndex = 0) => new(_address + elementIndex);

    public override void Unpin()
    {
        // Native memory does not move.
    }

    protected override void Dispose(bool disposing) => NativeMemory.AlignedFree(_address);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(byte* address, nuint length, int advice);
}
