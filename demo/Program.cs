// The main job, end to end, on this machine alone: a local zonal bucket, a file uploaded to it, and the file read back
// through the PowerShell module (or, where there is no PowerShell, through the calls that the module makes). 0: all
// bytes were right.
using System.Diagnostics;
using System.Runtime.InteropServices;
using ZonalStorage;
using ZonalStorage.Demo;
using ZonalStorage.TestSupport;

const int Interrupted = 130;

using var stop = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
var folder = Directory.CreateTempSubdirectory("zonal-demo-").FullName;
try
{
    return await RunAsync(stop.Token) ? 0 : 1;
}
catch (Exception) when (stop.IsCancellationRequested)
{
    Console.Error.WriteLine("Stopped.");
    return Interrupted;
}
catch (Exception e) when (e is ZonalException or InvalidOperationException or IOException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
finally
{
    Directory.Delete(folder, recursive: true);
}

void Stop(PosixSignalContext context)
{
    // The process goes on until it has cleaned up.
    context.Cancel = true;
    stop.Cancel();
}

async Task<bool> RunAsync(CancellationToken cancellation)
{
    await using var emulator = await EmulatorProcess.StartAsync();
    Console.WriteLine($"A zonal bucket service listens at {emulator.Endpoint} (the emulator of this repository).");
    await using var session = ZonalSession.Create(new ZonalSessionOptions { Endpoint = emulator.Endpoint });
    var jobs = await Originals.PrepareAsync(folder, cancellation);
    foreach (var job in jobs.DistinctBy(job => job.Uri)) await UploadAsync(session, job, cancellation);

    var results = await ReadAsync(session, emulator.Endpoint, jobs, cancellation);
    var allMatch = await Report.PrintAsync(jobs, results, cancellation);
    Console.WriteLine();
    Console.WriteLine(allMatch ? "Every byte that was read is the byte that was uploaded." : "WRONG: see above.");
    return allMatch;
}

async Task UploadAsync(ZonalSession session, Job job, CancellationToken cancellation)
{
    var watch = Stopwatch.StartNew();
    await using var content = File.OpenRead(job.Original);
    var info = await session.UploadAsync(job.Uri, content, cancellationToken: cancellation);
    var file = Path.GetFileName(job.Original);
    Console.WriteLine(
        $"Uploaded {file} as {info.Uri}: {Report.Size(info.Size)} in {watch.Elapsed.TotalSeconds:0.00} s.");
}

async Task<IReadOnlyList<JobResult>> ReadAsync(
    ZonalSession session, Uri endpoint, IReadOnlyList<Job> jobs, CancellationToken cancellation)
{
    if (ProcessRun.Find("pwsh") is not { } pwsh)
    {
        Console.WriteLine("There is no pwsh on PATH: reading by the engine's calls that the cmdlets make, too.");
        return await new EngineReader(session, folder).RunAsync(jobs, cancellation);
    }

    var version = await ProcessRun.RunAsync(pwsh, ["-NoLogo", "-NoProfile", "-Version"], cancellation: cancellation);
    Console.WriteLine($"Reading through the module in {version.Output.Trim()} ({pwsh}):");
    return await new ModuleReader(pwsh, endpoint, folder).RunAsync(jobs, cancellation);
}
