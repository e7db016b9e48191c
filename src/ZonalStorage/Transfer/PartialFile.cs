using Microsoft.Win32.SafeHandles;

namespace ZonalStorage.Transfer;

/// <summary><c>NAME.partial</c> beside the target: written at any places, and given the target's name at the end.</summary>
/// <remarks>
/// <see cref="WriteAsync"/> by any thread. One write at a time goes to the page cache: a file system lets one writer into a file
/// anyhow, and the others would spin for it (a tenth of the CPU of a download to tmpfs). Of a large file all but its end goes
/// past the cache, some writes at a time. Every failure is a <see cref="ZonalException"/>.
/// </remarks>
internal sealed class PartialFile : IDisposable
{
    // Below this, asking the file system for room costs more than it is worth.
    private const long WorthPreallocating = 16 << 20;

    // Smaller ones stay in the page cache, for whoever reads them next.
    private const long WorthWritingDirectly = 128 << 20;

    private readonly SemaphoreSlim _turn = new(1);
    private readonly string _target;
    private readonly SafeFileHandle _file;
    private readonly long _length;
    private readonly DirectFile? _direct;

    private PartialFile(string target, SafeFileHandle file, long length)
    {
        _target = target;
        _file = file;
        _length = length;
        _direct = length >= WorthWritingDirectly && !IsMemory(target) ? DirectFile.TryOpen(file) : null;
    }

    /// <summary>True if there was nothing of that name before.</summary>
    public bool IsNew { get; private init; }

    /// <summary>The name that a file has until it is complete.</summary>
    public static string NameOf(string target) => target + ".partial";

    /// <summary>Starts a file with room for <paramref name="length"/> bytes; one that is there is replaced.</summary>
    /// <param name="target">The final name, as a full path.</param>
    /// <param name="length">Bytes of the file.</param>
    /// <param name="isShared">Others write to it as well: it is neither replaced nor locked.</param>
    /// <exception cref="ZonalException"><c>DiskFull</c> and the others of <see cref="FileErrors"/>.</exception>
    public static PartialFile Create(string target, long length, bool isShared = false) => FileErrors.Explained(target, () =>
    {
        var name = NameOf(target);
        // Asked before: to preallocate what does not fit would fill the disk for a moment, and fail without a reason of its own.
        if (!isShared && length >= WorthPreallocating) CheckRoom(target, length, new FileInfo(name));
        var isPreallocated = !isShared && length >= WorthPreallocating && !IsMemory(target);
        var file = Open(name, isShared, isPreallocated ? length : 0, out var isNew);
        try
        {
            if (isPreallocated || isShared) RandomAccess.SetLength(file, length);
            return new PartialFile(target, file, length) { IsNew = isNew };
        }
        catch
        {
            file.Dispose();
            if (!isShared) File.Delete(name);
            throw;
        }
    });

    /// <summary>Opens what an earlier run left; null if there is nothing.</summary>
    public static PartialFile? TryOpen(string target, bool isShared = false) => FileErrors.Explained(target, () =>
    {
        var info = new FileInfo(NameOf(target));
        if (!info.Exists || info.LinkTarget is not null) return null;
        var file = File.OpenHandle(
            info.FullName, FileMode.Open, FileAccess.ReadWrite,
            isShared ? FileShare.ReadWrite | FileShare.Delete : FileShare.None);
        return new PartialFile(target, file, info.Length);
    });

    /// <summary>Writes bytes where they belong.</summary>
    /// <param name="bytes">Still in the cache, as a rule.</param>
    /// <param name="offset">Where, in the file.</param>
    /// <param name="written">Run after the write, one at a time.</param>
    /// <param name="cancellationToken">Cancels the wait for the turn, not the write.</param>
    public async ValueTask WriteAsync(
        ReadOnlyMemory<byte> bytes, long offset, Action written, CancellationToken cancellationToken)
    {
        try
        {
            var isWritten = _direct is not null && await _direct.TryWriteAsync(bytes, offset, cancellationToken).ConfigureAwait(false);
            await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                if (!isWritten) RandomAccess.Write(_file, bytes.Span, offset);
                written();
            }
            finally
            {
                _turn.Release();
            }

            // Not of all of it: the flush that follows does that.
            if (!isWritten && bytes.Length < _length) EarlyWriteback.Begin(_file, offset, bytes.Length);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FileErrors.Explain(e, _target);
        }
    }

    /// <summary>Reads back.</summary>
    /// <returns>False if the file is too short.</returns>
    public bool TryRead(Span<byte> bytes, long offset)
    {
        while (bytes.Length > 0)
        {
            var count = RandomAccess.Read(_file, bytes, offset);
            if (count == 0) return false;
            bytes = bytes[count..];
            offset += count;
        }

        return true;
    }

    /// <summary>Has the disk hold all that was written, under this time stamp if there is one.</summary>
    public void Flush(DateTimeOffset? timestamp) => FileErrors.Explained(_target, () =>
    {
        if (timestamp is { } time) File.SetLastWriteTimeUtc(_file, time.UtcDateTime);
        RandomAccess.FlushToDisk(_file);
    });

    /// <summary>To be called before it is deleted: Windows deletes nothing that is open.</summary>
    /// <remarks>
    /// Elsewhere it stays locked until it is disposed of, so that another process that wants the same target cannot get in between.
    /// </remarks>
    public void PrepareForRemoval()
    {
        if (OperatingSystem.IsWindows()) Dispose();
    }

    /// <summary>To be called before it is renamed.</summary>
    /// <remarks>As before it is deleted; but readers, who may open it as soon as it has its name, are no longer shut out.</remarks>
    /// <exception cref="ZonalException"><c>DestinationBusy</c>.</exception>
    public void PrepareForRename()
    {
        if (OperatingSystem.IsWindows()) Dispose();
        else if (!FileLock.TryAdmitReaders(_file)) throw FileErrors.Busy(_target);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _direct?.Dispose();
        _file.Dispose();
        _turn.Dispose();
    }

    // Never through a link that somebody put there.
    private static SafeFileHandle Open(string name, bool isShared, long room, out bool isNew)
    {
        if (isShared)
        {
            isNew = false;
            if (new FileInfo(name).LinkTarget is not null) File.Delete(name);
            return File.OpenHandle(name, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        }

        try
        {
            // As a rule there is nothing, not even a link, or this fails.
            isNew = true;
            return Make();
        }
        catch (IOException) when (Path.Exists(name) || new FileInfo(name).LinkTarget is not null)
        {
            // An earlier run left it, or another is at it.
            isNew = false;
            RemoveLeftover(name);
            return Make();
        }

        SafeFileHandle Make() =>
            File.OpenHandle(name, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, FileOptions.None, room);
    }

    // Not emptied and used: between finding it and getting its lock it may have become somebody's complete file.
    private static void RemoveLeftover(string name)
    {
        // Who is at it has the lock. Windows asks that when it deletes.
        var isLocked = !OperatingSystem.IsWindows() && new FileInfo(name).LinkTarget is null;
        try
        {
            using var file = isLocked ? File.OpenHandle(name, FileMode.Open, FileAccess.ReadWrite, FileShare.None) : null;
            File.Delete(name);
        }
        catch (FileNotFoundException)
        {
            // It has got its final name, or was taken away, just now.
        }
    }

    // A file system in memory makes its pages when they are written at no more cost, and asking beforehand visits them twice.
    private static bool IsMemory(string target) => OperatingSystem.IsLinux() && DriveOf(target) is { DriveType: DriveType.Ram };

    private static void CheckRoom(string target, long length, FileInfo emptied)
    {
        if (DriveOf(target) is not { } drive) return;
        var free = drive.AvailableFreeSpace + (emptied.Exists ? emptied.Length : 0);
        if (free < length) throw FileErrors.DiskFull(target, $"It needs {length} bytes, {free} are free.");
    }

    private static DriveInfo? DriveOf(string target)
    {
        try
        {
            // On Unix any folder stands for the file system that it is on; one that is missing is an error of its own, later.
            var folder = Path.GetDirectoryName(target)!;
            return Directory.Exists(folder) ? new DriveInfo(folder) : null;
        }
        catch (ArgumentException)
        {
            // A share of a Windows network has no drive.
            return null;
        }
    }
}
