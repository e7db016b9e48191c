using System.Management.Automation;

namespace ZonalStorage.Cmdlets.Commands;

/// <summary>Closes sessions: their reads end, their streams and connections are given back.</summary>
[Cmdlet(VerbsCommon.Remove, "ZonalSession", SupportsShouldProcess = true, DefaultParameterSetName = "Session")]
[Alias("Close-ZonalSession")]
[OutputType(typeof(void))]
public sealed class RemoveZonalSessionCommand : ZonalCmdlet
{
    private IReadOnlyList<ZonalSession> _closing = [];

    /// <summary>Sessions to close.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "Session", ValueFromPipeline = true)]
    [ArgumentCompleter(typeof(Completion.SessionCompleter))]
    public ZonalSession[] Session { get; set; } = [];

    /// <summary>Numbers of the sessions to close.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Id")]
    [ArgumentCompleter(typeof(Completion.SessionIdCompleter))]
    public int[] Id { get; set; } = [];

    /// <inheritdoc/>
    private protected override void PrepareRecord()
    {
        var chosen = ParameterSetName == "Id" ? SessionRegistry.Open.Where(s => Id.Contains(s.Id)) : Session;
        _closing = [.. chosen.Where(s => ShouldProcess($"session {s.Id} to {s.Endpoint}", "Close"))];
    }

    /// <inheritdoc/>
    private protected override Task ProcessAsync() =>
        Task.WhenAll(_closing.Select(static s => s.DisposeAsync().AsTask()));
}
