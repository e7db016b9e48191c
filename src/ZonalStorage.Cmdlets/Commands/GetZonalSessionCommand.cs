using System.Management.Automation;

namespace ZonalStorage.Cmdlets.Commands;

/// <summary>Lists the open sessions of the process, or tells the runspace's default one.</summary>
[Cmdlet(VerbsCommon.Get, "ZonalSession")]
[OutputType(typeof(ZonalSession))]
public sealed class GetZonalSessionCommand : PSCmdlet
{
    /// <summary>Numbers of the sessions; all if absent.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(Completion.SessionIdCompleter))]
    public int[]? Id { get; set; }

    /// <summary>Only the session that cmdlets use by default here.</summary>
    [Parameter]
    public SwitchParameter Default { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Default)
        {
            if (SessionScope.Current.Default is { } session) WriteObject(session);
            return;
        }

        var open = SessionRegistry.Open;
        foreach (var session in open)
        {
            if (Id is null || Id.Contains(session.Id)) WriteObject(session);
        }

        foreach (var id in Id?.Except(open.Select(static s => s.Id)) ?? [])
        {
            WriteError(ErrorRecordFactory.Create(
                new ZonalException(
                    ZonalErrorIds.SessionNotFound, ZonalStatusCode.NotFound, $"There is no open session {id}.",
                    "Get-ZonalSession lists those that are open."),
                id));
        }
    }
}
