namespace ZonalStorage.Fuzz;

/// <summary>The inputs that a run begins with: files, one each, so that a found input is kept by adding a file.</summary>
internal static class Corpus
{
    /// <summary>The inputs of a target, in the order of their names.</summary>
    public static IEnumerable<byte[]> Load(FuzzTarget target)
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "corpus", target.Name);
        var files = Directory.GetFiles(folder);
        if (files.Length == 0) throw new FileNotFoundException($"No inputs in {folder}.");
        Array.Sort(files, StringComparer.Ordinal);
        return files.Select(File.ReadAllBytes);
    }

    /// <summary>Writes the seeds that a target makes.</summary>
    public static void Write(FuzzTarget target, string root)
    {
        var folder = Directory.CreateDirectory(Path.Combine(root, target.Name)).FullName;
        foreach (var (name, bytes) in target.Seeds()) File.WriteAllBytes(Path.Combine(folder, name + ".bin"), bytes);
    }
}
