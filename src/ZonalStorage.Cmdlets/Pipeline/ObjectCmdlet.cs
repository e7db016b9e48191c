using System.Management.Automation;

namespace ZonalStorage.Cmdlets.Pipeline;

/// <summary>A cmdlet that does one thing with each object that it is given, one after another.</summary>
public abstract class ObjectCmdlet : ZonalCmdlet
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
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(Completion.SessionCompleter))]
    public ZonalSession? Session { get; set; }

    /// <summary>Does it; what it throws is the error of this object, and the next one's turn comes.</summary>
    private protected abstract Task ProcessObjectAsync(ZonalSession session, ZonalUri uri);

    /// <inheritdoc/>
    private protected sealed override async Task ProcessAsync()
    {
        var session = await GetSessionAsync(Session);
        foreach (var uri in Uri) await Sink.TryAsync(uri, () => ProcessObjectAsync(session, uri));
        // A name that no object can have is an error of its own.
        foreach (var name in Name) await Sink.TryAsync(name, () => ProcessObjectAsync(session, new ZonalUri(Bucket, name)));
    }
}
