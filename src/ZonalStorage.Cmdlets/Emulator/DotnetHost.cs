using System.Runtime.InteropServices;

namespace ZonalStorage.Cmdlets.Emulator;

/// <summary>Finds the program that runs .NET applications.</summary>
internal static class DotnetHost
{
    /// <summary>Its full path, or just its name where only PATH can tell.</summary>
    /// <remarks>
    /// A PowerShell that runs on a shared .NET lies three folders below one; DOTNET_ROOT and PATH come after. A PowerShell
    /// that brings its own .NET has no such program, and no ASP.NET Core either.
    /// </remarks>
    public static string Find()
    {
        var name = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";
        string?[] folders =
        [
            Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."),
            Environment.GetEnvironmentVariable("DOTNET_ROOT"),
        ];
        return folders.OfType<string>().Select(folder => Path.GetFullPath(Path.Combine(folder, name))).FirstOrDefault(File.Exists)
            ?? "dotnet";
    }
}
