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

    /// <summary>Buckets of the emulators that run.</summary>
    public static IEnumerable<string> Buckets => Running.SelectMany(static e => e.Buckets).Distinct(StringComparer.Ordinal);

    public static void Add(ZonalEmulator emulator, Process process)
    {
        lock (_gate) _running.Add((emulator, process));
    }

    /// <summary>Ends an emulator.</summary>
    public static async Task StopAsync(int processId, CancellationToken cancellationToken)
    {
        Process? process;
        lock (_gate)
        {
            process = _running.Find(r => r.Emulator.ProcessId == processId).Process;
            _running.RemoveAll(r => r.Emulator.ProcessId == processId);
        }

        if (process is null) return;
        using (process)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(cancellationToken);
        }
    }
}
