using System.Management.Automation;
using ZonalStorage.Cmdlets.Operations;

namespace ZonalStorage.Cmdlets.Commands;

/// <summary>Brings whole objects, or slices of them, to memory or to files.</summary>
[Cmdlet(VerbsCommon.Get, "ZonalObject", DefaultParameterSetName = ParameterSets.Uri, SupportsShouldProcess = true)]
[OutputType(typeof(byte[]), typeof(string), typeof(ZonalObjectStream), typeof(ZonalTransferResult), ParameterSetName = [ParameterSets.Uri, ParameterSets.Name])]
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

    /// <summary>File or folder to write to, instead of the pipeline.</summary>
    [Parameter(Position = 1, ParameterSetName = ParameterSets.Uri, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = ParameterSets.Name, ValueFromPipelineByPropertyName = true)]
    public string Destination { get; set; } = "";

    /// <summary>First byte; negative: from the end.</summary>
    [Parameter]
    [Size]
    public long Offset { get; set; }

    /// <summary>Bytes at most; to the end if absent.</summary>
    [Parameter]
    [Size]
    [ValidateRange(0, long.MaxValue)]
    public long? Length { get; set; }

    /// <summary>Write the content as a stream, with read-ahead.</summary>
    [Parameter]
    public SwitchParameter AsStream { get; set; }

    /// <summary>Write the content as one string.</summary>
    [Parameter]
    public SwitchParameter AsString { get; set; }

    /// <summary>Encoding of the text, where no byte order mark tells it.</summary>
    [Parameter]
    [EncodingName]
    [ArgumentCompleter(typeof(Completion.EncodingCompleter))]
    public System.Text.Encoding Encoding { get; set; } = System.Text.Encoding.UTF8;

    /// <summary>Write the content as arrays of so many bytes, in bounded memory.</summary>
    [Parameter]
    [Size]
    [ValidateRange(1, 1 << 30)]
    public long? ChunkSize { get; set; }

    /// <summary>Fill the same array anew for each chunk.</summary>
    [Parameter]
    public SwitchParameter ReuseBuffer { get; set; }

    /// <summary>Replace a file that exists.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Leave a file that exists as it is, without an error.</summary>
    [Parameter]
    public SwitchParameter NoClobber { get; set; }

    /// <summary>Go on where an earlier run with -Resume was interrupted, and keep what is written if this one fails.</summary>
    [Parameter]
    public SwitchParameter Resume { get; set; }

    /// <summary>Give the file the time of the object's content.</summary>
    [Parameter]
    public SwitchParameter PreserveTimestamp { get; set; }

    /// <summary>Write a result for each file.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <summary>Objects at most that are read at a time.</summary>
    [Parameter]
    [ValidateRange(1, 256)]
    public int ThrottleLimit { get; set; } = 4;

    /// <inheritdoc/>
    private protected override void PrepareRecord()
    {
        // Neither comes by property name: every string that is piped has a Length.
        var range = new ByteRange(Offset, Length);
        foreach (var uri in Addresses(Uri, Bucket, Name))
        {
            var path = Destination.Length == 0 ? null : LocalFileName.PathOf(uri, Destination, ResolveFile(Destination));
            if (path is null || ShouldProcess(path, $"Write {uri}")) Enqueue(_feed, new ObjectRequest(uri, range, path));
        }
    }

    /// <inheritdoc/>
    private protected override async Task RunAsync()
    {
        var session = await GetSessionAsync(Session);
        var operation = new GetObjects(session, Sink)
        {
            Download = new ZonalDownloadOptions { Overwrite = Force, Resume = Resume, PreserveTimestamp = PreserveTimestamp },
            KeepExisting = NoClobber,
            PassThru = PassThru,
            ThrottleLimit = ThrottleLimit,
            Shape = Shape,
        };
        await operation.RunAsync(_feed.Reader);
    }

    private ContentShape Shape =>
        ChunkSize is { } size ? new ContentShape.Chunks((int)size, ReuseBuffer)
        : AsStream ? new ContentShape.AsStream()
        : AsString ? new ContentShape.Text(Encoding)
        : new ContentShape.Whole();

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        Exclude(nameof(AsStream), nameof(AsString), nameof(ChunkSize), nameof(Destination));
        Exclude(nameof(NoClobber), nameof(Force));
        if (AsStream) Exclude(nameof(AsStream), nameof(Length));
    }
}
