using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace ZonalStorage.Transfer;

/// <summary>The lock that .NET puts on a file it opens on Unix: flock(2), exclusive for <see cref="FileShare.None"/>.</summary>
internal static partial class FileLock
{
    private const int Shared = 1;
    private const int DoNotWait = 4;

    // EWOULDBLOCK, on Linux and on macOS.
    private static readonly int _wouldBlock = OperatingSystem.IsMacOS() ? 35 : 11;

    /// <summary>Makes an exclusive lock a shared one, as readers take: who wants it for himself is still shut out.</summary>
    /// <returns>False if another process was faster in the moment that this takes.</returns>
    [UnsupportedOSPlatform("windows")]
    public static bool TryAdmitReaders(SafeFileHandle file)
    {
        // A file system without locks has none to change.
        return Lock(file, Shared | DoNotWait) == 0 || Marshal.GetLastPInvokeError() != _wouldBlock;
    }

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Lock(SafeFileHandle file, int operation);
}
