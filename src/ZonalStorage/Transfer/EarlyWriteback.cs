using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ZonalStorage.Transfer;

/// <summary>Has the disk begin with what was written, so that the flush at the end finds little left to wait for.</summary>
/// <remarks>
/// Linux alone has a call for it; elsewhere, and on file systems that know nothing of it, nothing happens. It promises
/// nothing: only <see cref="RandomAccess.FlushToDisk"/> does.
/// </remarks>
internal static partial class EarlyWriteback
{
    // sync_file_range(2): start writing dirty pages out, wait for none.
    private const uint Write = 2;

    /// <summary>Begins; does not wait for the disk, unless its queue is full.</summary>
    public static void Begin(SafeFileHandle file, long offset, long length)
    {
        if (OperatingSystem.IsLinux()) _ = SyncFileRange(file, offset, length, Write);
    }

    [LibraryImport("libc", EntryPoint = "sync_file_range")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SyncFileRange(SafeFileHandle file, long offset, long length, uint flags);
}
