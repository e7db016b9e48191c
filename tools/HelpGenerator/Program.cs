// Brings what is generated up to date: dotnet run --project tools/HelpGenerator
using ZonalStorage.HelpGenerator;

var root = AppContext.BaseDirectory;
while (!File.Exists(Path.Combine(root, "ZonalStorage.sln")))
    root = Path.GetDirectoryName(root) ?? throw new InvalidOperationException("Run this from a build inside the repository.");

try
{
    foreach (var (path, text) in Generator.Generate(root))
    {
        if (File.Exists(path) && File.ReadAllText(path) == text) continue;
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        Console.WriteLine($"Wrote {Path.GetRelativePath(root, path)}");
    }

    return 0;
}
catch (Exception e) when (e is FormatException or FileNotFoundException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
