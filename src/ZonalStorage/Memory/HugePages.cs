using System.Runtime.InteropServices;

namespace ZonalStorage.Memory;

/// <summary>Asks the system for huge pages under large, fresh memory.</summary>
/// <remarks>
/// The first touch of a page costs a fault; with pages of 4 KiB those faults cost several times what receiving and checking
/// the same bytes costs (docs/performance.md). It is advice: a system without huge pages ignores it, and nothing but speed
/// depends on it.
/// </remarks>
internal static unsafe partial class HugePages
{
    /// <summary>The size of a huge page on x86-64, and on arm64 with pages of 4 KiB.</summary>
    public const int Size = 2 << 20;

    // Below this few huge pages would fit, and the array often is memory that was touched before.
    private const int WorthwhileLength = 16 << 20;

    private const int AdviceHugePage = 14;

    /// <summary>A new array whose content is undefined, in huge pages where it is large.</summary>
    public static byte[] AllocateArray(int length)
    {
        var bytes = GC.AllocateUninitializedArray<byte>(length);
        if (length < WorthwhileLength) return bytes;
        fixed (byte* start = bytes) Advise(start, length);
        return bytes;
    }

    /// <summary>Advises for the huge pages that lie wholly inside.</summary>
    public static void Advise(byte* start, long length)
    {
        if (!OperatingSystem.IsLinux()) return;
        var first = ((nint)start + Size - 1) & ~(nint)(Size - 1);
        var end = ((nint)start + (nint)length) & ~(nint)(Size - 1);
        if (end > first) _ = AdviseMemory((byte*)first, (nuint)(end - first), AdviceHugePage);
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int AdviseMemory(byte* address, nuint length, int advice);
}
