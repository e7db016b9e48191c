using System.Collections.Concurrent;
using System.Text;

namespace ZonalStorage.Cmdlets.Saving;

/// <summary>The folder that objects are saved to: where each goes, and that none goes elsewhere.</summary>
/// <remarks>
/// Thread-safe. Two objects that would be the same file are a collision, reported for the second; so are a file and a folder
/// of the same name. Links that lie in the folder are not followed out of it. Whoever can change the folder meanwhile could
/// still put a link there after the check: give it to nobody.
/// </remarks>
internal sealed class DestinationFolder(string root, bool flatten)
{
    private readonly string _root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(root));

    // Names that the file system may take for the same are the same here.
    private readonly ConcurrentDictionary<string, ZonalUri> _files = new(
        OperatingSystem.IsLinux() ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase);

    private readonly ConcurrentDictionary<string, bool> _folders = new(StringComparer.Ordinal);

    /// <summary>The folder, as a full path.</summary>
    public string Root => _root;

    /// <summary>Where an object goes; null for one that stands for a folder, where there are none.</summary>
    /// <exception cref="ZonalException"><c>DestinationCollision</c>.</exception>
    public SaveItem? Place(ZonalUri uri, ZonalObjectInfo? info)
    {
        // A name that ends with a slash and has no content is how other tools make an empty folder.
        var isFolder = info is { Size: 0 } && uri.Name.Length > 1 && uri.Name.EndsWith('/');
        if (isFolder && flatten) return null;
        return new SaveItem(uri, info, PathOf(uri, isFolder ? uri.Name[..^1] : uri.Name)) { IsFolder = isFolder };
    }

    /// <summary>The file for an object.</summary>
    /// <exception cref="ZonalException"><c>DestinationCollision</c>.</exception>
    public string PathOf(ZonalUri uri) => PathOf(uri, uri.Name);

    /// <summary>Makes the folders above a file, and sees to it that they are where they seem to be.</summary>
    /// <exception cref="ZonalException"><c>DestinationOutside</c>, <c>DestinationCollision</c>, <c>DestinationAccessDenied</c>.</exception>
    public void MakeFolderOf(string path, ZonalUri uri)
    {
        var folder = Path.GetDirectoryName(path)!;
        if (_folders.ContainsKey(folder)) return;
        if (!IsRoot(folder)) MakeFolderOf(folder, uri);
        Make(folder, uri);
        _folders.TryAdd(folder, true);
    }

    private string PathOf(ZonalUri uri, string name)
    {
        var relative = flatten ? LocalNames.ToFlatName(name) : LocalNames.ToPath(name);
        var path = Path.GetFullPath(Path.Combine(_root, relative.Replace('/', Path.DirectorySeparatorChar)));
        if (!path.StartsWith(WithSeparator(_root), StringComparison.Ordinal))
            throw Outside(uri, path);
        var first = _files.GetOrAdd(Key(path), uri);
        if (ReferenceEquals(first, uri)) return path;
        throw new ZonalException(
            ZonalErrorIds.DestinationCollision, ZonalStatusCode.AlreadyExists,
            $"'{uri}' and '{first}' would both be '{path}'.",
            flatten ? "Leave -Flatten away, or save them to different folders." : "Save them to different folders.", uri.ToString());
    }

    private void Make(string folder, ZonalUri uri)
    {
        if (!Path.Exists(folder))
        {
            Directory.CreateDirectory(folder);
            return;
        }

        if (!IsRoot(folder) && new DirectoryInfo(folder).LinkTarget is not null)
        {
            var real = RealPath(folder);
            if (real != RealPath(_root) && !real.StartsWith(WithSeparator(RealPath(_root)), StringComparison.Ordinal))
                throw Outside(uri, real);
        }

        if (File.Exists(folder))
        {
            throw new ZonalException(
                ZonalErrorIds.DestinationCollision, ZonalStatusCode.AlreadyExists,
                $"'{uri}' needs the folder '{folder}', where a file has that name.",
                "Save it to another folder, or with -Flatten.", uri.ToString());
        }
    }

    private bool IsRoot(string folder) => folder.Length <= _root.Length;

    // Every link on the way counts, not just the last.
    private static string RealPath(string folder)
    {
        var real = Path.GetPathRoot(folder)!;
        foreach (var segment in folder[real.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            var next = new DirectoryInfo(Path.Combine(real, segment));
            real = next.LinkTarget is null ? next.FullName : RealPath(Path.GetFullPath(next.ResolveLinkTarget(returnFinalTarget: true)!.FullName));
        }

        return real;
    }

    private static string Key(string path) => OperatingSystem.IsLinux() ? path : path.Normalize(NormalizationForm.FormC);

    private static string WithSeparator(string folder) =>
        Path.EndsInDirectorySeparator(folder) ? folder : folder + Path.DirectorySeparatorChar;

    private static ZonalException Outside(ZonalUri uri, string path) => new(
        ZonalErrorIds.DestinationOutside, ZonalStatusCode.PermissionDenied,
        $"'{uri}' would be written to '{path}', outside of -Destination.",
        "A link in the destination leads out of it: remove it, or save to another folder.", uri.ToString());
}
