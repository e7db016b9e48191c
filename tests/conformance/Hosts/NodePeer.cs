using System.Reflection;
using ZonalStorage.TestSupport;

namespace ZonalStorage.Conformance.Hosts;

/// <summary>
/// The peer that none of us wrote: node, grpc-js, and Google's schema. Its packages are installed from the lock file
/// once, and again whenever the lock file is newer than what is installed.
/// </summary>
/// <remarks>
/// Without node or npm there is no peer and every test of this assembly is skipped, with the reason. A failing
/// installation is a failure, not a reason to skip: the machine can run the tests, and would silently not do so.
/// </remarks>
public static class NodePeer
{
    private static readonly string _folder = typeof(NodePeer).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key is "PeerFolder").Value!;

    private static readonly Lazy<Task<string?>> _installation = new(InstallAloudAsync);

    /// <summary>Starts a script that announces itself.</summary>
    public static async Task<ChildProcess> StartAsync(string script, params string[] arguments) =>
        await ChildProcess.StartAsync(await NodeAsync(), [Path.Combine(_folder, script), .. arguments]);

    /// <summary>Runs a script to its end.</summary>
    public static async Task<ProcessRun> RunAsync(string script, params string[] arguments)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        return await ProcessRun.RunAsync(
            await NodeAsync(), [Path.Combine(_folder, script), .. arguments], cancellation: patience.Token);
    }

    /// <summary>Why there is no peer; null if there is one.</summary>
    public static Task<string?> WhyMissingAsync() => _installation.Value;

    /// <summary>Skips the running test if there is no peer.</summary>
    private static async Task<string> NodeAsync()
    {
        if (await _installation.Value is { } reason) Assert.Skip(reason);
        return ProcessRun.Find("node")!;
    }

    private static async Task<string?> InstallAloudAsync()
    {
        var reason = await InstallAsync();
        // dotnet test keeps a skip's reason to itself: say it out loud, once.
        if (reason is not null) Console.Error.WriteLine($"SKIPPED the tests against grpc-js: {reason}");
        return reason;
    }

    private static async Task<string?> InstallAsync()
    {
        foreach (var program in new[] { "node", "npm" })
        {
            if (ProcessRun.Find(program) is null)
            {
                var reason = $"CONFORMANCE NOT TESTED: '{program}' is not on PATH. Install Node.js 20 or later to run "
                    + "the engine against grpc-js and Google's schema.";
                // dotnet test does not show why a test was skipped; this it shows.
                TestContext.Current.SendDiagnosticMessage(reason);
                return reason;
            }
        }

        var stamp = Path.Combine(_folder, "node_modules", ".installed");
        if (File.GetLastWriteTimeUtc(stamp) > File.GetLastWriteTimeUtc(Path.Combine(_folder, "package-lock.json")))
            return null;
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        string[] arguments = ["ci", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"];
        var run = await ProcessRun.RunAsync(ProcessRun.Find("npm")!, arguments, _folder, cancellation: patience.Token);
        if (run.ExitCode != 0)
            throw new InvalidOperationException($"'npm ci' failed in {_folder}:\n{run.Output}\n{run.Errors}");
        await File.WriteAllTextAsync(stamp, "", CancellationToken.None);
        return null;
    }
}
