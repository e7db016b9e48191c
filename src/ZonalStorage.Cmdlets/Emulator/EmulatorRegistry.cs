using System.Diagnostics;

namespace ZonalStorage.Cmdlets.Emulator;

/// <summary>The emulators that this process has started.</summary>
internal static class EmulatorRegistry
{
    private static readonly object _gate = new();
    private static readonly List<(ZonalEmulator Emulator, Process Process)> _running = [];

    /// <summary>Emulators that run.</summary>
    public static IReadOnlyList<ZonalEmulator> Running
    {
        get
        {
            lock (_gate)
            {
                _running.RemoveAll(static r => r.Process.HasExited);
                return _running.ConvertAll(static r => r.Emulator);
            }
        }
    }

    public static void Add(ZonalEmulator emulator, Process process)
    {
        lock (_gate) _running.Add((emulator, process));
    }

    /// <summary>Ends an emulator.</summary>
    public static async Task StopAsync(int processId, CancellationToken cancellationToken)
    {
        (ZonalEmulator? Emulator, Process? Process) stopping;
        lock (_gate)
        {
            stopping = _running.Find(r => r.Emulator.ProcessId == processId);
            _running.RemoveAll(r => r.Emulator.ProcessId == processId);
        }

        if (stopping is not { Emulator: { } emulator, Process: { } process }) return;
        // It was made for this emulator alone, see Start-ZonalEmulator.
        if (emulator.CertificateFile is not null) File.Delete(emulator.CertificateFile);
        using (process)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(cancellationToken);
        }
    }
}
