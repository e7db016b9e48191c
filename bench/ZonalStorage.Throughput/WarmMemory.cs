using System.Buffers;
using System.Runtime.InteropServices;

namespace ZonalStorage.Throughput;

/// <summary>A destination whose pages are there before anything is measured, in huge pages where the system has them.</summary>
internal sealed unsafe partial class WarmMemory : MemoryManager<byte>
{
    private const int HugePage = 2 << 20;
    private const int AdviceHugePage = 14;

    private readonly byte* _address;
    private readonly int _length;

    public WarmMemory(int length)
    {
        _length = length;
        _address = (byte*)NativeMemory.AlignedAlloc((nuint)length, HugePage);
        if (OperatingSystem.IsLinux()) _ = Advise(_address, (nuint)length, AdviceHugePage);
        GetSpan().Fill(1);
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
