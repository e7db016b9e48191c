using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ZonalStorage.Transfer;

/// <summary>Another handle of a file, by which the disk takes bytes from where they are, past the page cache.</summary>
/// <remarks>
/// A page of the cache that is made, written, and given to the disk costs more than all the rest of a download, and on a
/// virtual machine, whose host has to find the page first, up to ten times as much (docs/performance.md). What is lost is
/// that a file just written lies in memory, which large ones do not for long anyhow. Linux alone is asked for it (O_DIRECT).
/// Thread-safe: such writes do not shut one another out; some are made at a time.
/// </remarks>
internal sealed partial class DirectFile : IDisposable
{
    // Place, length and memory must be multiples of the disk's blocks, and none has larger ones.
    private const int Alignment = 4096;

    // EINVAL: a file system that took the flag and refuses a write all the same.
    private const int InvalidArgument = 22;

    // Of open(2).
    private const int WriteOnly = 0x1;
    private const int CloseOnExecute = 0x80000;

    // One keeps a local disk busy; those behind a network answer later.
    private const int WritesAtATime = 4;

    private readonly SemaphoreSlim _turn = new(WritesAtATime);
    private readonly SafeFileHandle _file;
    private volatile bool _isRefused;

    private DirectFile(SafeFileHandle file) => _file = file;

    // O_DIRECT, which is not the same number everywhere.
    private static int? Direct => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 0x4000,
        Architecture.Arm64 => 0x10000,
        _ => null,
    };

    /// <summary>Opens it for writing; null where it cannot be had.</summary>
    /// <param name="file">An open handle of the same file.</param>
    public static DirectFile? TryOpen(SafeFileHandle file)
    {
        if (!OperatingSystem.IsLinux() || Direct is not { } direct) return null;
        // Of this very file, whatever its name stands for by now, and past the lock that the other handle holds on it.
        var handle = Open(FormattableString.Invariant($"/proc/self/fd/{file.DangerousGetHandle()}"), WriteOnly | direct | CloseOnExecute);
        if (!handle.IsInvalid) return new DirectFile(handle);
        handle.Dispose();
        return null;
    }

    /// <summary>Writes, if a disk can take the bytes from where they are to where they belong.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="offset">Where, in the file.</param>
    /// <param name="cancellationToken">Cancels the wait for the turn, not the write.</param>
    /// <returns>False if nothing was written: they must go by the page cache.</returns>
    /// <exception cref="IOException">They could not be written.</exception>
    public async ValueTask<bool> TryWriteAsync(ReadOnlyMemory<byte> bytes, long offset, CancellationToken cancellationToken)
    {
        if (_isRefused || !IsAligned(bytes.Span, offset)) return false;
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            RandomAccess.Write(_file, bytes.Span, offset);
            return true;
        }
        catch (IOException e) when (e.HResult == InvalidArgument)
        {
            _isRefused = true;
            return false;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file.Dispose();
        _turn.Dispose();
    }

    private static unsafe bool IsAligned(ReadOnlySpan<byte> bytes, long offset)
    {
        fixed (byte* start = bytes) return ((nuint)start | (nuint)bytes.Length | (nuint)offset) % Alignment == 0;
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial SafeFileHandle Open(string path, int flags);
}
