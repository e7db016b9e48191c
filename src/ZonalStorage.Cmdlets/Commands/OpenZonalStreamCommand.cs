using System.Management.Automation;

namespace ZonalStorage.Cmdlets.Commands;

/// <summary>Opens objects as seekable .NET streams with read-ahead.</summary>
[Cmdlet(VerbsCommon.Open, "ZonalStream", DefaultParameterSetName = ParameterSets.Uri)]
[OutputType(typeof(ZonalObjectStream))]
public sealed class OpenZonalStreamCommand : ZonalCmdlet
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

    /// <summary>Read nothing ahead.</summary>
    [Parameter]
    public SwitchParameter NoPrefetch { get; set; }

    /// <summary>The read in a row with which reading ahead begins.</summary>
    [Parameter]
    [ValidateRange(1, 1000)]
    public int PrefetchTrigger { get; set; } = 3;

    /// <summary>Bytes at most to read ahead.</summary>
    [Parameter]
    [Size]
    [ValidateRange(1, long.MaxValue)]
    public long MaximumPrefetchSize { get; set; } = 256 << 20;

    /// <summary>Bytes of the chunks of a block cache; 0 for none.</summary>
    [Parameter]
    [Size]
    [ValidateRange(0, 1 << 30)]
    public long BlockCacheSize { get; set; }

    /// <inheritdoc/>
    private protected override async Task ProcessAsync()
    {
        var session = await GetSessionAsync(Session);
        if (ParameterSetName == ParameterSets.Uri)
        {
            foreach (var uri in Uri) await Sink.TryAsync(uri, () => OpenAsync(session, uri));
        }
        else
        {
            foreach (var name in Name) await Sink.TryAsync(name, () => OpenAsync(session, new ZonalUri(Bucket, name)));
        }
    }

    private async Task OpenAsync(ZonalSession session, ZonalUri uri)
    {
        if (uri.IsBucket) throw AddressedCmdlet.Incomplete(uri);
        var options = new ZonalReaderOptions
        {
            Prefetch = !NoPrefetch,
            PrefetchTrigger = PrefetchTrigger,
            MaximumPrefetchSize = MaximumPrefetchSize,
            BlockCacheSize = (int)BlockCacheSize,
        };
        var stream = await session.OpenStreamAsync(uri, options, Sink.Stopping);
        try
        {
            await Sink.WriteAsync(stream);
        }
        catch
        {
            // Nobody has it.
            await stream.DisposeAsync();
            throw;
        }
    }
}
