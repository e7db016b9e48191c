using System.Management.Automation;

namespace ZonalStorage.Cmdlets.Commands;

/// <summary>Tells whether objects exist.</summary>
[Cmdlet(VerbsDiagnostic.Test, "ZonalObject", DefaultParameterSetName = ParameterSets.Uri)]
[OutputType(typeof(bool))]
public sealed class TestZonalObjectCommand : ZonalCmdlet
{
    /// <summary>Address of the object.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = ParameterSets.Uri, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("InputObject")]
    [ZonalUri]
    [ArgumentCompleter(typeof(Completion.UriCompleter))]
    public ZonalUri[] Uri { get; set; } = [];

    /// <summary>Bucket, as a name or gs:// address.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ParameterSets.Name, ValueFromPipelineByPropertyName = true)]
    [BucketName]
    [ArgumentCompleter(typeof(Completion.BucketCompleter))]
    public string Bucket { get; set; } = "";

    /// <summary>Object names in the bucket.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ParameterSets.Name, ValueFromPipelineByPropertyName = true)]
    [Alias("Key", "ObjectName")]
    [ArgumentCompleter(typeof(Completion.ObjectNameCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>Session to use; the runspace's default one otherwise.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(Completion.SessionCompleter))]
    public ZonalSession? Session { get; set; }

    /// <inheritdoc/>
    private protected override async Task ProcessAsync()
    {
        var session = await GetSessionAsync(Session);
        if (ParameterSetName == ParameterSets.Uri)
        {
            foreach (var uri in Uri) await TestAsync(session, uri, () => uri);
        }
        else
        {
            foreach (var name in Name) await TestAsync(session, name, () => new ZonalUri(Bucket, name));
        }
    }

    // A name that no object can have is an error of its own, not a false.
    private Task<bool> TestAsync(ZonalSession session, object target, Func<ZonalUri> address) =>
        Sink.TryAsync(target, async () => await Sink.WriteAsync(await ExistsAsync(session, address())));

    private async Task<bool> ExistsAsync(ZonalSession session, ZonalUri uri)
    {
        try
        {
            if (uri.IsBucket) await session.GetBucketAsync(uri.Bucket, Sink.Stopping);
            else await session.GetObjectInfoAsync(uri, Sink.Stopping);
            return true;
        }
        catch (ZonalException e) when (e.Code == ZonalStatusCode.NotFound)
        {
            return false;
        }
    }
}
