using ZonalStorage.Memory;

namespace ZonalStorage.Transfer;

/// <summary>What of a download is on the disk: the partial file, and the journal where somebody may go on with it.</summary>
internal sealed class DownloadState : IDisposable
{
    private readonly string _path;
    private readonly string _about;
    private readonly bool _isShared;

    private DownloadState(string path, string about, PartialFile file, PartJournal? journal, bool isShared)
    {
        (_path, _about, File, Journal, _isShared) = (path, about, file, journal, isShared);
    }

    /// <summary>The file.</summary>
    public PartialFile File { get; }

    /// <summary>Its journal; null where nobody goes on with it.</summary>
    public PartJournal? Journal { get; }

    /// <summary>Why nothing of what an earlier run left could be used; null if there was nothing, or it was.</summary>
    public string? Restarted { get; private init; }

    /// <summary>Opens what an earlier run left, or starts anew.</summary>
    /// <param name="path">The target.</param>
    /// <param name="journalPath">The journal.</param>
    /// <param name="about">What it must be about.</param>
    /// <param name="parts">Told what is there.</param>
    /// <param name="download">What is wanted.</param>
    /// <param name="memory">For reading back.</param>
    public static DownloadState Open(
        string path, string journalPath, string about, PartTable parts, ZonalDownloadOptions download, MemoryAccount memory)
    {
        var isShared = download.Share is not null;
        return FileErrors.Explained(path, () =>
        {
            // Of a single part there is never anything to go on with.
            if (!isShared && (!download.Resume || parts.Count <= 1))
            {
                return Own(PartialFile.Create(path, parts.Extent.Length), file =>
                {
                    // What an earlier run noted would tell lies about what is written now.
                    if (!file.IsNew || download.Resume) System.IO.File.Delete(journalPath);
                    return new DownloadState(path, about, file, journal: null, isShared);
                });
            }

            var wasThere = System.IO.File.Exists(journalPath);
            if (wasThere && TryContinue() is { } left) return left;

            // In this order: a journal is never there beside a file that it does not belong to.
            System.IO.File.Delete(journalPath);
            return Own(
                PartialFile.Create(path, parts.Extent.Length, isShared),
                file => new DownloadState(path, about, file, PartJournal.Create(journalPath, about), isShared)
                {
                    Restarted = wasThere ? "What an earlier run left is of another generation or slice, or damaged: starting over." : null,
                });
        });

        DownloadState? TryContinue()
        {
            if (PartialFile.TryOpen(path, isShared) is not { } left) return null;
            return Own(left, file =>
            {
                if (PartJournal.TryContinue(journalPath, about, out var noted) is not { } journal)
                {
                    file.Dispose();
                    return null;
                }

                return Own(journal, _ =>
                {
                    Check(file, noted, parts, memory);
                    return new DownloadState(path, about, file, journal, isShared);
                });
            });
        }
    }

    /// <summary>Has the disk hold everything; the partial file can be renamed or deleted then.</summary>
    /// <returns>True if all parts of the file are there, those that other processes brought included.</returns>
    public bool Finish(PartTable parts, DateTimeOffset? timestamp)
    {
        File.Flush(timestamp);
        Journal?.Flush();
        File.PrepareForRename();
        if (!_isShared) return true;
        // Everybody notes first and looks then, so the last one to finish sees the notes of all.
        try
        {
            foreach (var journal in DownloadFiles.JournalsOf(_path))
            {
                foreach (var (part, crc) in PartJournal.Read(journal, _about))
                {
                    if (part < parts.Count) parts.Complete(part, crc);
                }
            }
        }
        catch (FileNotFoundException)
        {
            // Another process has just finished and cleans up.
            return false;
        }

        return parts.IsWhole;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        File.Dispose();
        Journal?.Dispose();
    }

    /// <summary>Hands a resource on, or disposes of it where that fails: nobody else knows of its lock yet.</summary>
    private static TOwner Own<TResource, TOwner>(TResource resource, Func<TResource, TOwner> handOn)
        where TResource : IDisposable
    {
        try
        {
            return handOn(resource);
        }
        catch
        {
            resource.Dispose();
            throw;
        }
    }

    /// <summary>Takes over what the journal tells, as far as the file has it: a record can survive where its part did not.</summary>
    private static void Check(PartialFile file, Dictionary<int, uint> noted, PartTable parts, MemoryAccount memory)
    {
        using var block = memory.Rent(PartTable.PartSize);
        var room = block.Bind().Span;
        foreach (var (part, crc) in noted)
        {
            if (part >= parts.Count) continue;
            var bytes = room[..parts.LengthOf(part)];
            if (file.TryRead(bytes, PartTable.OffsetOf(part)) && Crc32C.Append(0, bytes) == crc) parts.Complete(part, crc);
        }
    }
}
