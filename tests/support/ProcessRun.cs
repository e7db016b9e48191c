using System.Diagnostics;

namespace ZonalStorage.TestSupport;

/// <summary>A program that was run to its end.</summary>
/// <param name="ExitCode">0 for success, as ever.</param>
/// <param name="Output">Standard output, whole.</param>
/// <param name="Errors">The last lines of standard error.</param>
public sealed record ProcessRun(int ExitCode, string Output, string Errors)
{
    /// <summary>Runs a program to its end; kills it when <paramref name="cancellation"/> fires.</summary>
    public static async Task<ProcessRun> RunAsync(
        string program, IEnumerable<string> arguments, string? folder = null,
        IReadOnlyDictionary<string, string?>? environment = null, CancellationToken cancellation = default)
    {
        var description = Describe(program, arguments, environment);
        description.WorkingDirectory = folder ?? "";
        using var process = Process.Start(description)!;
        var errors = new OutputTail();
        var drained = errors.DrainAsync(process.StandardError);
        try
        {
            process.StandardInput.Close();
            var output = await process.StandardOutput.ReadToEndAsync(cancellation);
            await process.WaitForExitAsync(cancellation);
            await drained;
            return new ProcessRun(process.ExitCode, output, errors.Text);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    /// <summary>The file of a program on PATH; null if there is none.</summary>
    public static string? Find(string program)
    {
        // On Windows a program may be NAME.exe or NAME.cmd (npm is the latter), which a start by name does not try.
        var suffixes = OperatingSystem.IsWindows() ? [".exe", ".cmd"] : new[] { "" };
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        return folders.Where(folder => folder.Length > 0)
            .SelectMany(folder => suffixes.Select(suffix => Path.Combine(folder, program + suffix)))
            .FirstOrDefault(File.Exists);
    }

    internal static ProcessStartInfo Describe(
        string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment)
    {
        var description = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        // A .NET program that is killed would leave the sockets of its diagnostics behind in the folder for temporary
        // files.
        description.Environment["DOTNET_EnableDiagnostics"] = "0";
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>(StringComparer.Ordinal))
            description.Environment[name] = value;
        return description;
    }
}
