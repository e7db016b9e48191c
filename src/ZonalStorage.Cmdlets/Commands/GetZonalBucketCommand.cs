using System.Management.Automation;
using ZonalStorage.Cmdlets.Operations;

namespace ZonalStorage.Cmdlets.Commands;

/// <summary>Location, zone and kind of buckets.</summary>
[Cmdlet(VerbsCommon.Get, "ZonalBucket", DefaultParameterSetName = "Name")]
[OutputType(typeof(ZonalBucketInfo))]
public sealed class GetZonalBucketCommand : ZonalCmdlet
{
    /// <summary>Bucket, as a name or gs:// address.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "Name", ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Bucket", "Uri")]
    [BucketName]
    [ArgumentCompleter(typeof(Completion.BucketCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>List the buckets of this project.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Project")]
    public string Project { get; set; } = "";

    /// <summary>Session to use; the runspace's default one otherwise.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(Completion.SessionCompleter))]
    public ZonalSession? Session { get; set; }

    /// <inheritdoc/>
    private protected override async Task ProcessAsync()
    {
        var look = new LookUpBuckets(await GetSessionAsync(Session), Sink);
        if (ParameterSetName == "Project") await look.ListAsync(Project);
        else foreach (var name in Name) await look.GetAsync(name);
    }
}
