namespace ZonalStorage.Transfer;

/// <summary>The files of a download: the target, the partial file and its journals beside it.</summary>
internal static class DownloadFiles
{
    private const string JournalSuffix = ".journal";

    /// <summary>Name of a journal; each share of a file has its own.</summary>
    public static string JournalOf(string target, long? share) =>
        PartialFile.NameOf(target) + (share is { } offset ? FormattableString.Invariant($".{offset}{JournalSuffix}") : JournalSuffix);

    /// <summary>All journals of a file.</summary>
    public static IEnumerable<string> JournalsOf(string target)
    {
        // Not by a pattern: the name may have characters that mean something in one.
        var prefix = PartialFile.NameOf(target);
        return Directory.EnumerateFiles(Path.GetDirectoryName(target)!)
            .Where(f => f.StartsWith(prefix, StringComparison.Ordinal) && f.EndsWith(JournalSuffix, StringComparison.Ordinal)
                && f.AsSpan(prefix.Length, f.Length - prefix.Length - JournalSuffix.Length).TrimStart('.')
                    .IndexOfAnyExceptInRange('0', '9') < 0);
    }

    /// <summary>Refuses a name that is taken.</summary>
    /// <exception cref="ZonalException"><c>DestinationIsDirectory</c>, <c>DestinationExists</c>.</exception>
    public static void CheckTarget(string path, bool overwrite)
    {
        if (Directory.Exists(path)) throw FileErrors.IsDirectory(path);
        if (!overwrite && File.Exists(path)) throw FileErrors.Exists(path);
    }

    /// <summary>Gives the complete file its name.</summary>
    /// <returns>False if another process that brought a share of it has done so.</returns>
    public static bool GiveName(string path, bool overwrite, bool isShared)
    {
        var partial = PartialFile.NameOf(path);
        if (isShared && !File.Exists(partial)) return false;
        try
        {
            File.Move(partial, path, overwrite);
            return true;
        }
        catch (Exception) when (isShared && !File.Exists(partial))
        {
            return false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            CheckTarget(path, overwrite);
            throw FileErrors.Explain(e, path);
        }
    }

    /// <summary>Takes away what is not complete.</summary>
    public static void RemovePartial(string path, bool isShared)
    {
        DeleteQuietly(PartialFile.NameOf(path));
        RemoveJournals(path, isShared);
    }

    /// <summary>Takes the journals away.</summary>
    public static void RemoveJournals(string path, bool isShared)
    {
        DeleteQuietly(JournalOf(path, share: null));
        if (!isShared) return;
        try
        {
            foreach (var journal in JournalsOf(path).ToList()) DeleteQuietly(journal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What went wrong before is the error to report.
        }
    }

    private static void DeleteQuietly(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // As above.
        }
    }
}
