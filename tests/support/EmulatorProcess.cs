using System.Globalization;

namespace ZonalStorage.TestSupport;

/// <summary>The emulator in a process of its own, on ports that were free.</summary>
public sealed class EmulatorProcess : IAsyncDisposable
{
    private readonly ChildProcess _process;

    private EmulatorProcess(ChildProcess process) => _process = process;

    /// <summary>Address for a session: <c>http(s)://127.0.0.1:PORT</c>.</summary>
    public Uri Endpoint => new(_process.Announced("endpoint"));

    /// <summary>The same as <c>HOST:PORT</c>.</summary>
    public string Grpc => _process.Announced("grpc");

    /// <summary>The HTTP/1.1 side channel.</summary>
    public Uri Admin => new(_process.Announced("admin"));

    public string Errors => _process.Errors;

    /// <summary>Starts an emulator.</summary>
    /// <param name="arguments">Options; without a port any free one is taken.</param>
    public static async Task<EmulatorProcess> StartAsync(params string[] arguments)
    {
        string[] fixedArguments =
        [
            AssemblyFile, "--admin-port", "0",
            "--parent-pid", Environment.ProcessId.ToString(CultureInfo.InvariantCulture),
        ];
        return new EmulatorProcess(await ChildProcess.StartAsync(DotnetHost, [.. fixedArguments, .. arguments]));
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    // The host that runs this process, so that a second SDK on the machine cannot get in between.
    private static string DotnetHost =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) is "dotnet" ? Environment.ProcessPath! : "dotnet";

    /// <summary>
    /// The emulator's build output, which lies beside that of the running program:
    /// <c>artifacts/bin/PROJECT/CONFIGURATION/</c>.
    /// </summary>
    private static string AssemblyFile
    {
        get
        {
            var own = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
            var file = Path.Combine(
                own.Parent!.Parent!.FullName, "ZonalStorage.Emulator", own.Name, "ZonalStorage.Emulator.dll");
            return File.Exists(file)
                ? file
                : throw new FileNotFoundException($"The emulator is not built: {file}. Run 'dotnet build'.");
        }
    }
}
