using System.Diagnostics;
using System.Runtime.InteropServices;

namespace ZonalStorage.Emulator.Hosting;

/// <summary>The life of an emulator that another process started: until that one is gone, or until SIGTERM.</summary>
/// <remarks>
/// Ctrl+C in the terminal that both share is meant for the parent, which stops what it is doing and lives on; a terminal
/// sends it to every process of the foreground group, so it must be ignored here.
/// </remarks>
internal sealed class ChildLifetime(EmulatorOptions options, IHostApplicationLifetime application) : IHostLifetime, IDisposable
{
    private PosixSignalRegistration? _interrupt;
    private PosixSignalRegistration? _terminate;

    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, static signal => signal.Cancel = true);
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
        {
            signal.Cancel = true;
            application.StopApplication();
        });
        _ = StopWithParentAsync(options.ParentPid!.Value);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        _interrupt?.Dispose();
        _terminate?.Dispose();
    }

    private async Task StopWithParentAsync(int pid)
    {
        try
        {
            using var parent = Process.GetProcessById(pid);
            await parent.WaitForExitAsync(application.ApplicationStopping);
        }
        catch (ArgumentException)
        {
            // It is gone already.
        }
        catch (OperationCanceledException)
        {
            return;
        }

        application.StopApplication();
    }
}
