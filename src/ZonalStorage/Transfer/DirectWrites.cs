using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ZonalStorage.Transfer;

/// <summary>Writing past the page cache: the disk takes the bytes from where they are.</summary>
/// <remarks>
/// A page of the cache that is made, written, and given to the disk costs more than all the rest of a download, and on a
/// virtual machine, whose host has to find the page first, up to ten times as much (docs/performance.md). What is lost is
/// that a file just written lies in memory, which large ones do not for long anyhow. Linux alone is asked for it (O_DIRECT);
/// elsewhere, and on file systems that refuse it, files are written as ever.
/// </remarks>
internal static partial class DirectWrites
{
    /// <summary>Place, length and memory must be multiples of this: no disk has larger blocks.</summary>
    public const int Alignment = 4096;

    /// <summary>The error of a file system that took the flag and then refuses a write.</summary>
    public const int InvalidArgument = 22;

    private const int GetFlags = 3;
    private const int SetFlags = 4;

    /// <summary>Turns it on or off for all writes of the handle that follow.</summary>
    /// <returns>False if it cannot be had; then it is off.</returns>
    public static bool TrySet(SafeFileHandle file, bool isDirect)
    {
        if (!OperatingSystem.IsLinux() || Flag is not { } flag) return false;
        var flags = Control(file, GetFlags, 0);
        return flags >= 0 && Control(file, SetFlags, isDirect ? flags | flag : flags & ~flag) == 0;
    }

    /// <summary>True if memory begins and ends where a disk can take it from.</summary>
    public static unsafe bool IsAligned(ReadOnlySpan<byte> bytes, long offset)
    {
        fixed (byte* start = bytes) return ((nuint)start | (nuint)bytes.Length | (nuint)offset) % Alignment == 0;
    }

    // O_DIRECT, which is not the same number everywhere.
    private static int? Flag => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 0x4000,
        Architecture.Arm64 => 0x10000,
        _ => null,
    };

    [LibraryImport("libc", EntryPoint = "fcntl")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Control(SafeFileHandle file, int command, nint argument);
}
