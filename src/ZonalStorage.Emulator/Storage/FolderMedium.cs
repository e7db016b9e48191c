using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using ZonalStorage.Emulator.Grpc;
using Resource = Google.Cloud.Storage.V2.Object;

namespace ZonalStorage.Emulator.Storage;

/// <summary>
/// Objects as files under FOLDER/BUCKET. Files that anybody else puts there are objects too: finalized, with their
/// time of change as generation. What a file cannot carry (metadata, unfinalized state) lies as JSON under
/// FOLDER/.zonal/BUCKET, and counts only while the file is as it was left.
/// </summary>
internal sealed class FolderMedium : IBucketMedium
{
    public const string SideFolder = ".zonal";

    private readonly string _bucket;
    private readonly string _root;
    private readonly string _side;

    public FolderMedium(string folder, string bucket)
    {
        _bucket = bucket;
        _root = Path.Combine(folder, bucket);
        _side = Path.Combine(folder, SideFolder, bucket);
        Directory.CreateDirectory(_root);
    }

    public ObjectContent Create(string name)
    {
        var path = PathOf(name) ?? throw NotAFileName(name);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.Delete(path);
            using (File.Create(path))
            {
                return new FileContent(path, 0, 0);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw RpcFailure.Precondition($"The folder cannot hold an object '{name}': {e.Message}");
        }
    }

    public void Save(StoredObject stored)
    {
        var file = new FileInfo(PathOf(stored.Name)!);
        if (!file.Exists) return;
        stored.Stamp = FileStamp.Of(file);
        var side = SideOf(stored.Name);
        Directory.CreateDirectory(Path.GetDirectoryName(side)!);
        File.WriteAllText(side, $"{stored.Stamp}\n{JsonFormatter.Default.Format(stored.Describe(cheaply: true))}\n");
    }

    public void Remove(string name)
    {
        File.Delete(PathOf(name)!);
        File.Delete(SideOf(name));
    }

    public void Rename(StoredObject stored, string to)
    {
        var target = PathOf(to) ?? throw NotAFileName(to);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Move(PathOf(stored.Name)!, target, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw RpcFailure.Precondition($"The folder cannot hold an object '{to}': {e.Message}");
        }

        File.Delete(SideOf(stored.Name));
        ((FileContent)stored.Content).Path = target;
    }

    public StoredObject? Refresh(string name, StoredObject? known)
    {
        if (PathOf(name) is not { } path) return null;
        var file = new FileInfo(path);
        if (!file.Exists) return null;

        // An unfinalized object grows under our own hands, so its stamp says nothing.
        if (known is { IsFinalized: false }) return known;
        var stamp = FileStamp.Of(file);
        return known?.Stamp == stamp ? known : Recall(name, file, stamp) ?? Adopt(name, file, stamp);
    }

    public IEnumerable<string>? Scan() => Directory
        .EnumerateFiles(_root, "*", SearchOption.AllDirectories)
        .Select(path => NameOf(path));

    public IEnumerable<string> ScanFolders() => Directory
        .EnumerateDirectories(_root, "*", SearchOption.AllDirectories)
        .Select(path => NameOf(path) + "/");

    public void CreateFolder(string folder) =>
        Directory.CreateDirectory(PathOf(folder.TrimEnd('/')) ?? throw NotAFileName(folder));

    public void RemoveFolder(string folder)
    {
        if (PathOf(folder.TrimEnd('/')) is { } path && Directory.Exists(path)) Directory.Delete(path);
    }

    /// <summary>Takes the emptied bucket away.</summary>
    public void Dispose()
    {
        if (Directory.Exists(_root)) Directory.Delete(_root, recursive: true);
        if (Directory.Exists(_side)) Directory.Delete(_side, recursive: true);
    }

    private static RpcFailure NotAFileName(string name) =>
        RpcFailure.Invalid($"'{name}' cannot be a file below the folder that this emulator serves.");

    /// <summary>An object as it was saved, if its file is still as it was then or was never finished.</summary>
    private StoredObject? Recall(string name, FileInfo file, FileStamp stamp)
    {
        var side = SideOf(name);
        if (!File.Exists(side)) return null;
        var lines = File.ReadAllText(side).Split('\n', 2);
        Resource resource;
        try
        {
            resource = Resource.Parser.ParseJson(lines[^1]);
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }

        if (resource.FinalizeTime is not null && !string.Equals(lines[0], stamp.ToString(), StringComparison.Ordinal))
        {
            return null;
        }

        uint? crc = resource.Checksums is { HasCrc32C: true } sums && resource.Size == file.Length ? sums.Crc32C : null;
        return new StoredObject(resource, new FileContent(file.FullName, file.Length, crc)) { Stamp = stamp };
    }

    private StoredObject Adopt(string name, FileInfo file, FileStamp stamp)
    {
        var time = Timestamp.FromDateTime(file.LastWriteTimeUtc);
        var resource = new Resource
        {
            Name = name,
            Bucket = BucketNames.Full(_bucket),
            Generation = (file.LastWriteTimeUtc - DateTime.UnixEpoch).Ticks / 10,
            Metageneration = 1,
            StorageClass = "RAPID",
            ContentType = "application/octet-stream",
            Etag = stamp.ToString(),
            CreateTime = time,
            UpdateTime = time,
            FinalizeTime = time,
        };
        return new StoredObject(resource, new FileContent(file.FullName, file.Length, null)) { Stamp = stamp };
    }

    private string NameOf(string path) =>
        Path.GetRelativePath(_root, path).Replace(Path.DirectorySeparatorChar, '/');

    private string SideOf(string name) => Path.Combine(_side, name.Replace('/', Path.DirectorySeparatorChar) + ".json");

    /// <summary>The file of a name; null for names that would leave the folder or are no file's.</summary>
    private string? PathOf(string name)
    {
        foreach (var segment in name.Split('/'))
        {
            if (segment is "" or "." or "..") return null;
            if (segment.AsSpan().IndexOfAny(Path.GetInvalidFileNameChars()) >= 0) return null;
        }

        return Path.Combine(_root, name.Replace('/', Path.DirectorySeparatorChar));
    }
}
