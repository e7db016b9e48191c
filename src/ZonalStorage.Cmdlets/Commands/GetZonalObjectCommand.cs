using System.Management.Automation;
using ZonalStorage.Cmdlets.Operations;

namespace ZonalStorage.Cmdlets.Commands;

/// <summary>Brings whole objects, or slices of them, to memory or to files.</summary>
[Cmdlet(VerbsCommon.Get, "ZonalObject", DefaultParameterSetName = ParameterSets.Uri, SupportsShouldProcess = true)]
[OutputType(typeof(byte[]), ParameterSetName = [ParameterSets.Uri, ParameterSets.Name])]
[OutputType(typeof(ZonalTransferResult), ParameterSetName = [ParameterSets.UriToFile, ParameterSets.NameToFile])]
public sealed class GetZonalObjectCommand : AddressedCmdlet
{
    private readonly ItemFeed<ObjectRequest> _feed;

    /// <summary>Makes the cmdlet.</summary>
    public GetZonalObjectCommand()
        : this(new ItemFeed<ObjectRequest>())
    {
    }

    private GetZonalObjectCommand(ItemFeed<ObjectRequest> feed)
        : base(feed) => _feed = feed;

    /// <summary>Address of the object, gs://BUCKET/NAME#GENERATION, or an info object.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = ParameterSets.Uri, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = ParameterSets.UriToFile, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("InputObject")]
    [ZonalUri]
    [ArgumentCompleter(typeof(Completion.UriCompleter))]
    public ZonalUri[] Uri { get; set; } = [];

    /// <summary>File or folder to write to, instead of the pipeline.</summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = ParameterSets.UriToFile, ValueFromPipelineByPropertyName = true)]
    [Parameter(Mandatory = true, ParameterSetName = ParameterSets.NameToFile, ValueFromPipelineByPropertyName = true)]
    public string Destination { get; set; } = "";

    /// <summary>First byte; negative: from the end.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Size]
    public long Offset { get; set; }

    /// <summary>Bytes at most; to the end if absent.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Size]
    [ValidateRange(0, long.MaxValue)]
    public long? Length { get; set; }

    /// <summary>Replace a file that exists.</summary>
    [Parameter(ParameterSetName = ParameterSets.UriToFile)]
    [Parameter(ParameterSetName = ParameterSets.NameToFile)]
    public SwitchParameter Force { get; set; }

    /// <summary>Write a result for each file.</summary>
    [Parameter(ParameterSetName = ParameterSets.UriToFile)]
    [Parameter(ParameterSetName = ParameterSets.NameToFile)]
    public SwitchParameter PassThru { get; set; }

    /// <summary>Objects at most that are read at a time.</summary>
    [Parameter]
    [ValidateRange(1, 256)]
    public int ThrottleLimit { get; set; } = 4;

    /// <inheritdoc/>
    private protected override void PrepareRecord()
    {
        // An info object has a Length of its own nowhere, but whatever is piped may: only what was typed or is a slice counts.
        var range = new ByteRange(Offset, Length);
        foreach (var uri in Addresses(Uri))
        {
            var path = Destination.Length == 0 ? null : DestinationOf(uri);
            if (path is null || ShouldProcess(path, $"Write {uri}")) Enqueue(_feed, new ObjectRequest(uri, range, path));
        }
    }

    /// <inheritdoc/>
    private protected override async Task RunAsync()
    {
        var session = await GetSessionAsync(Session);
        var operation = new GetObjects(session, Sink)
        {
            Overwrite = Force, PassThru = PassThru, ThrottleLimit = ThrottleLimit,
        };
        await operation.RunAsync(_feed.Reader);
    }

    private string DestinationOf(ZonalUri uri)
    {
        var path = ResolveFile(Destination);
        return Destination.EndsWith('/') || Destination.EndsWith('\\') || System.IO.Directory.Exists(path)
            ? System.IO.Path.Combine(path, LocalFileName.Of(uri))
            : path;
    }
}
