using System.Diagnostics;
using System.Text.Json;

namespace ZonalStorage.Cmdlets.Emulator;

/// <summary>Starts the emulator that comes with the module, in a process of its own that ends with this one.</summary>
internal static class EmulatorStarter
{
    private const string InstallRuntime = "Install the ASP.NET Core Runtime 8 or later, https://dot.net.";

    // A cold start takes about a second; thirty leave room for a machine that is busy with tests.
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(30);

    /// <summary>Starts it and waits for its announcement.</summary>
    /// <exception cref="ZonalException">It cannot be started; the message says what to install or type.</exception>
    public static async Task<ZonalEmulator> StartAsync(IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        var folder = Path.GetDirectoryName(typeof(EmulatorStarter).Assembly.Location)!;
        var file = Path.Combine(folder, "emulator", "ZonalStorage.Emulator.dll");
        if (!File.Exists(file))
        {
            throw Failure(
                ZonalErrorIds.EmulatorMissing, $"The emulator is not there: {file}", "Install the module again, as a whole.");
        }

        var start = new ProcessStartInfo(DotnetHost.Find())
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        foreach (var argument in arguments.Prepend(file)) start.ArgumentList.Add(argument);
        start.ArgumentList.Add("--parent-pid");
        start.ArgumentList.Add($"{Environment.ProcessId}");
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            throw Failure(
                ZonalErrorIds.EmulatorRuntimeMissing, "The emulator needs the program 'dotnet', which is not on PATH.", InstallRuntime);
        }

        // What it says on its error stream explains a failure; it must also be read lest the emulator waits for us.
        var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            var line = await process.StandardOutput.ReadLineAsync(cancellationToken).AsTask().WaitAsync(_limit, cancellationToken);
            // A wrong option is answered by the help text.
            if (line is not ['{', ..]) throw DidNotStart(await errors);
            var emulator = Parse(line);
            EmulatorRegistry.Add(emulator, process);
            return emulator;
        }
        catch (Exception e)
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
            process.Dispose();
            if (e is not TimeoutException) throw;
            throw Failure(ZonalErrorIds.EmulatorDidNotStart, $"The emulator did not start within {_limit.TotalSeconds} s.", "Try again.");
        }
    }

    private static ZonalEmulator Parse(string line)
    {
        using var json = JsonDocument.Parse(line);
        var root = json.RootElement;
        return new ZonalEmulator
        {
            Endpoint = root.GetProperty("endpoint").GetString()!,
            Grpc = root.GetProperty("grpc").GetString()!,
            Admin = root.GetProperty("admin").GetString()!,
            ProcessId = root.GetProperty("pid").GetInt32(),
            Buckets = [.. root.GetProperty("buckets").EnumerateArray().Select(static b => b.GetString()!)],
            CertificateFile = root.GetProperty("certificate").GetString(),
        };
    }

    // The host says so with a page of advice around it.
    private static ZonalException DidNotStart(string errors) => errors.Contains("You must install or update .NET", StringComparison.Ordinal)
        ? Failure(ZonalErrorIds.EmulatorRuntimeMissing, "The emulator needs the ASP.NET Core Runtime, which is not installed.", InstallRuntime)
        : Failure(
            ZonalErrorIds.EmulatorDidNotStart, "The emulator did not start: " + errors.Trim(),
            "Check the parameters; another -Port may help.");

    private static ZonalException Failure(string id, string message, string action) =>
        new(id, ZonalStatusCode.FailedPrecondition, message, action) { IsFatalForSession = true };
}
