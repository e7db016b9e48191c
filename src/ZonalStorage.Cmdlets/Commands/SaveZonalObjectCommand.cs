using System.Management.Automation;
using ZonalStorage.Cmdlets.Saving;

namespace ZonalStorage.Cmdlets.Commands;

/// <summary>Brings many objects to a local folder: in parallel, checked, resumable, and divided among machines.</summary>
[Cmdlet(VerbsData.Save, "ZonalObject", DefaultParameterSetName = ParameterSets.Uri, SupportsShouldProcess = true)]
[OutputType(typeof(ZonalSaveSummary), typeof(ZonalTransferResult))]
public sealed class SaveZonalObjectCommand : AddressedCmdlet
{
    private readonly ItemFeed<SaveSource> _feed;
    private string _root = "";
    private Shard _shard = Shard.Whole;

    /// <summary>Makes the cmdlet.</summary>
    public SaveZonalObjectCommand()
        : this(new ItemFeed<SaveSource>())
    {
    }

    private SaveZonalObjectCommand(ItemFeed<SaveSource> feed)
        : base(feed) => _feed = feed;

    /// <summary>Address of an object, a bucket, a folder/, or with wildcards; or an info object.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = ParameterSets.Uri, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("InputObject")]
    [ZonalUri]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(Completion.UriCompleter))]
    public ZonalUri[] Uri { get; set; } = [];

    /// <summary>Bucket, as a name or gs:// address.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ParameterSets.Name, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = ParameterSets.ListFile, ValueFromPipelineByPropertyName = true)]
    [BucketName]
    [ArgumentCompleter(typeof(Completion.BucketCompleter))]
    public string Bucket { get; set; } = "";

    /// <summary>Object names, with or without wildcards.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ParameterSets.Name, ValueFromPipelineByPropertyName = true)]
    [Alias("Key", "ObjectName")]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(Completion.ObjectNameCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>File with an address, or a name in the bucket, on each line.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ParameterSets.ListFile, ValueFromPipelineByPropertyName = true)]
    public string ListFile { get; set; } = "";

    /// <summary>Folder to save to; made if it is missing.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    public string Destination { get; set; } = "";

    /// <summary>Wildcards match on all levels below, too.</summary>
    [Parameter]
    public SwitchParameter Recurse { get; set; }

    /// <summary>Put all files into one folder, by the last part of their names.</summary>
    [Parameter]
    public SwitchParameter Flatten { get; set; }

    /// <summary>Replace files that exist.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Leave files alone that have the object's size and CRC32C.</summary>
    [Parameter]
    public SwitchParameter SkipExisting { get; set; }

    /// <summary>Go on where an earlier run was interrupted.</summary>
    [Parameter]
    public SwitchParameter Resume { get; set; }

    /// <summary>Give files the time of the object's content.</summary>
    [Parameter]
    public SwitchParameter PreserveTimestamp { get; set; }

    /// <summary>Write a result for each file, instead of one sum.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <summary>Objects at most that are saved at a time. Of small ones 32 are a tenth faster than 16 (docs/performance.md).</summary>
    [Parameter]
    [ValidateRange(1, 256)]
    public int ThrottleLimit { get; set; } = 32;

    /// <summary>Which of several processes this is, from 0; the scheduler's variables tell it otherwise.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int? ShardIndex { get; set; }

    /// <summary>How many processes share the work; 1 for no sharing.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? ShardCount { get; set; }

    private protected override string Activity => "Saving from zonal storage";

    /// <inheritdoc/>
    private protected override void PrepareRecord()
    {
        if (_root.Length == 0)
        {
            _root = ResolveFile(Destination);
            _shard = Shard.Find(ShardIndex, ShardCount, Environment.GetEnvironmentVariable);
        }

        foreach (var uri in Uri) Enqueue(_feed, new SaveSource(uri.Bucket, uri.Name, uri.Generation, IsLiteral: false));
        foreach (var name in Name) Enqueue(_feed, new SaveSource(Bucket, name, Generation: null, IsLiteral: false));
        if (ListFile.Length == 0) return;
        foreach (var source in ListFileReader.Read(ResolveFile(ListFile), Bucket)) Enqueue(_feed, source);
    }

    /// <inheritdoc/>
    private protected override async Task RunAsync()
    {
        var options = new SaveOptions
        {
            Overwrite = Force,
            SkipExisting = SkipExisting,
            Resume = Resume,
            PreserveTimestamp = PreserveTimestamp,
            PassThru = PassThru,
            Recurse = Recurse,
            ThrottleLimit = ThrottleLimit,
            Shard = _shard,
            WantsPlan = WantsConfirmation,
        };
        var save = new SaveObjects(await GetSessionAsync(Session), Sink, new DestinationFolder(_root, Flatten), options);
        var summary = await save.RunAsync(_feed.Reader);
        if (!PassThru && !IsWhatIf) await Sink.WriteAsync(summary);
    }
}
