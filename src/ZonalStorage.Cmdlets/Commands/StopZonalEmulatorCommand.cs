using System.Management.Automation;
using ZonalStorage.Cmdlets.Emulator;

namespace ZonalStorage.Cmdlets.Commands;

/// <summary>Ends local emulators; all that this process has started if none is named.</summary>
[Cmdlet(VerbsLifecycle.Stop, "ZonalEmulator", SupportsShouldProcess = true)]
[OutputType(typeof(void))]
public sealed class StopZonalEmulatorCommand : ZonalCmdlet
{
    private List<int> _stopping = [];

    /// <summary>The emulators, or their processes.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("Id")]
    [EmulatorProcessId]
    public int[]? ProcessId { get; set; }

    /// <inheritdoc/>
    private protected override void PrepareRecord()
    {
        var running = EmulatorRegistry.Running;
        foreach (var id in ProcessId?.Except(running.Select(static e => e.ProcessId)) ?? [])
        {
            WriteError(ErrorRecordFactory.Create(
                new ZonalException(
                    ZonalErrorIds.EmulatorNotFound, ZonalStatusCode.NotFound, $"This PowerShell has no emulator with process id {id}.",
                    "Without parameters, Stop-ZonalEmulator ends all that it has."),
                id));
        }

        var chosen = running.Where(e => ProcessId is null || ProcessId.Contains(e.ProcessId));
        _stopping = [.. chosen.Where(e => ShouldProcess($"emulator at {e.Endpoint}", "Stop")).Select(static e => e.ProcessId)];
    }

    /// <inheritdoc/>
    private protected override Task ProcessAsync() =>
        Task.WhenAll(_stopping.Select(id => EmulatorRegistry.StopAsync(id, Sink.Stopping)));
}
