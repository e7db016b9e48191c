using System.Runtime.InteropServices;

namespace ZonalStorage.Memory;

/// <summary>Memory straight from the system, and back to it at once.</summary>
/// <remarks>
/// Not from the C library's heap: glibc takes blocks of several MiB from arenas of its own once a few of them were freed, and
/// with a thread for each connection those fragment. A soak with 800 sessions ended at 980 MiB resident of which nothing was
/// in use; with mappings it stays flat (docs/reliability.md).
/// </remarks>
internal static unsafe partial class NativePages
{
    private const int ReadAndWrite = 0x3;
    private const int PrivateAndAnonymous = 0x22;

    /// <summary>Allocates whole pages.</summary>
    /// <param name="length">Bytes; more than 0.</param>
    /// <param name="alignment">A power of two, a page at least.</param>
    /// <exception cref="OutOfMemoryException">The system has none.</exception>
    public static nint Allocate(int length, int alignment)
    {
        if (!OperatingSystem.IsLinux()) return (nint)NativeMemory.AlignedAlloc((nuint)length, (nuint)alignment);
        var page = Environment.SystemPageSize;
        var size = Pages(length);
        // Mappings begin at pages: as much more as gets to the alignment, and what is beside it goes back.
        var spare = alignment > page ? (nuint)alignment : 0;
        var start = Map(0, size + spare, ReadAndWrite, PrivateAndAnonymous, -1, 0);
        if (start == -1) throw new InsufficientMemoryException($"The system gives no {length} bytes.");
        if (spare == 0) return start;
        var aligned = (start + alignment - 1) & ~((nint)alignment - 1);
        if (aligned > start) _ = Unmap(start, (nuint)(aligned - start));
        var behind = (nuint)(start - aligned) + spare;
        if (behind > 0) _ = Unmap(aligned + (nint)size, behind);
        return aligned;
    }

    /// <summary>Gives pages back.</summary>
    public static void Free(nint address, int length)
    {
        if (OperatingSystem.IsLinux()) _ = Unmap(address, Pages(length));
        else NativeMemory.AlignedFree((void*)address);
    }

    private static nuint Pages(int length)
    {
        var page = (nuint)Environment.SystemPageSize;
        return ((nuint)length + page - 1) & ~(page - 1);
    }

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial nint Map(nint address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    private static partial int Unmap(nint address, nuint length);
}
