using System.Management.Automation;
using ZonalStorage.Cmdlets.Operations;

namespace ZonalStorage.Cmdlets.Commands;

/// <summary>Metadata of an object by its name, or a listing for a bucket, a prefix or a wildcard.</summary>
[Cmdlet(VerbsCommon.Get, "ZonalObjectInfo", DefaultParameterSetName = ParameterSets.Uri)]
[OutputType(typeof(ZonalObjectInfo))]
public sealed class GetZonalObjectInfoCommand : ZonalCmdlet
{
    /// <summary>Address of an object; of a bucket or folder/ to list; or with wildcards: gs://bucket/folder/*.bin.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = ParameterSets.Uri, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("InputObject")]
    [ZonalUri]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(Completion.UriCompleter))]
    public ZonalUri[] Uri { get; set; } = [];

    /// <summary>Bucket.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ParameterSets.Name, ValueFromPipelineByPropertyName = true)]
    [BucketName]
    [ArgumentCompleter(typeof(Completion.BucketCompleter))]
    public string Bucket { get; set; } = "";

    /// <summary>Object names, with or without wildcards; the whole bucket if absent.</summary>
    [Parameter(ParameterSetName = ParameterSets.Name, ValueFromPipelineByPropertyName = true)]
    [Alias("Key", "ObjectName")]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(Completion.ObjectNameCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>List the names that begin so, within the bucket or folder.</summary>
    [Parameter]
    public string? Prefix { get; set; }

    /// <summary>List all levels below, not just one.</summary>
    [Parameter]
    public SwitchParameter Recurse { get; set; }

    /// <summary>Session to use; the runspace's default one otherwise.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(Completion.SessionCompleter))]
    public ZonalSession? Session { get; set; }

    /// <inheritdoc/>
    private protected override string Activity => "Listing zonal storage";

    /// <inheritdoc/>
    private protected override async Task ProcessAsync()
    {
        var lookup = new LookUpObjects(await GetSessionAsync(Session), Sink) { Prefix = Prefix, Recurse = Recurse };
        if (ParameterSetName == ParameterSets.Uri)
        {
            foreach (var uri in Uri) await lookup.RunAsync(uri.Bucket, uri.Name, uri.Generation);
        }
        else
        {
            foreach (var name in Name.DefaultIfEmpty("")) await lookup.RunAsync(Bucket, name, generation: null);
        }
    }
}
