using System.Management.Automation;

namespace ZonalStorage.Cmdlets.Commands;

/// <summary>Tells what sessions have done and what they hold.</summary>
[Cmdlet(VerbsCommon.Get, "ZonalMetric")]
[OutputType(typeof(ZonalMetrics))]
public sealed class GetZonalMetricCommand : PSCmdlet
{
    /// <summary>Sessions; all that are open if absent.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [ArgumentCompleter(typeof(Completion.SessionCompleter))]
    public ZonalSession[]? Session { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var session in Session ?? [.. SessionRegistry.Open]) WriteObject(session.GetMetrics());
    }
}
