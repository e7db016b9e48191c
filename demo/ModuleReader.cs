using System.Diagnostics;
using System.Text.Json;

namespace ZonalStorage.Demo;

/// <summary>Does the jobs in PowerShell, through the module (demo.ps1): what it types there is shown.</summary>
internal sealed class ModuleReader(string pwsh, Uri endpoint, string folder)
{
    public async Task<IReadOnlyList<JobResult>> RunAsync(IReadOnlyList<Job> jobs, CancellationToken cancellation)
    {
        var (plan, results) = (Path.Combine(folder, "plan.json"), Path.Combine(folder, "results.json"));
        await File.WriteAllTextAsync(plan, Describe(jobs), cancellation);
        string[] arguments =
        [
            "-NoLogo", "-NoProfile", "-NonInteractive", "-File", Path.Combine(AppContext.BaseDirectory, "demo.ps1"),
            "-Module", Originals.Metadata("ModuleManifest"), "-Endpoint", endpoint.OriginalString,
            "-Plan", plan, "-Results", results,
        ];
        // Its output is the demo's: nothing is redirected.
        using var process = Process.Start(new ProcessStartInfo(pwsh, arguments)
        {
            UseShellExecute = false,
            Environment = { ["DOTNET_EnableDiagnostics"] = "0", ["POWERSHELL_TELEMETRY_OPTOUT"] = "1" },
        })!;
        try
        {
            await process.WaitForExitAsync(cancellation);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
                await process.WaitForExitAsync(CancellationToken.None);
            }
        }

        if (process.ExitCode != 0) throw new InvalidOperationException($"PowerShell ended with {process.ExitCode}.");
        return JsonSerializer.Deserialize<List<JobResult>>(
            await File.ReadAllTextAsync(results, cancellation), JsonSerializerOptions.Web)!;
    }

    private string Describe(IEnumerable<Job> jobs) => JsonSerializer.Serialize(jobs.Select(job => new
    {
        uri = job.Uri.ToString(),
        file = job.ToFile ? Path.Combine(folder, "downloaded.bin") : null,
        ranges = job.Ranges.Select(range => range.Text),
    }));
}
