using System.Management.Automation;
using ZonalStorage.Cmdlets.Operations;

namespace ZonalStorage.Cmdlets.Commands;

/// <summary>Reads byte ranges, one or many, of one object or many.</summary>
[Cmdlet(VerbsCommunications.Read, "ZonalRange", DefaultParameterSetName = ParameterSets.Uri, SupportsShouldProcess = true)]
[OutputType(typeof(byte[]), typeof(ZonalRangeResult), typeof(int), typeof(ZonalTransferResult))]
public sealed class ReadZonalRangeCommand : AddressedCmdlet
{
    private readonly ItemFeed<RangeRequest> _feed;
    private string? _path;

    /// <summary>Makes the cmdlet.</summary>
    public ReadZonalRangeCommand()
        : this(new ItemFeed<RangeRequest>())
    {
    }

    private ReadZonalRangeCommand(ItemFeed<RangeRequest> feed)
        : base(feed) => _feed = feed;

    /// <summary>Address of the object, gs://BUCKET/NAME#GENERATION, or an info object.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = ParameterSets.Uri, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = ParameterSets.UriRanges, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("InputObject")]
    [ZonalUri]
    [ArgumentCompleter(typeof(Completion.UriCompleter))]
    public ZonalUri[] Uri { get; set; } = [];

    /// <summary>Bucket, as a name or gs:// address.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ParameterSets.Name, ValueFromPipelineByPropertyName = true)]
    [Parameter(Mandatory = true, ParameterSetName = ParameterSets.NameRanges, ValueFromPipelineByPropertyName = true)]
    [BucketName]
    [ArgumentCompleter(typeof(Completion.BucketCompleter))]
    public string Bucket { get; set; } = "";

    /// <summary>Object names in the bucket.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ParameterSets.Name, ValueFromPipelineByPropertyName = true)]
    [Parameter(Mandatory = true, ParameterSetName = ParameterSets.NameRanges, ValueFromPipelineByPropertyName = true)]
    [Alias("Key", "ObjectName")]
    [ArgumentCompleter(typeof(Completion.ObjectNameCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>First byte; negative: from the end.</summary>
    [Parameter(ParameterSetName = ParameterSets.Uri)]
    [Parameter(ParameterSetName = ParameterSets.Name)]
    [Size]
    public long Offset { get; set; }

    /// <summary>Bytes at most; to the end if absent.</summary>
    [Parameter(ParameterSetName = ParameterSets.Uri)]
    [Parameter(ParameterSetName = ParameterSets.Name)]
    [Size]
    [ValidateRange(0, long.MaxValue)]
    public long? Length { get; set; }

    /// <summary>Ranges: 0-1023, 1MB+64KB, -4096, or objects with Offset and Length.</summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = ParameterSets.UriRanges, ValueFromPipeline = true)]
    [Parameter(Mandatory = true, ParameterSetName = ParameterSets.NameRanges, ValueFromPipeline = true)]
    [ByteRange]
    public ByteRange[] Range { get; set; } = [];

    /// <summary>Write results with address and place instead of bare bytes.</summary>
    [Parameter]
    public SwitchParameter AsResult { get; set; }

    /// <summary>Array to fill from its start, range after range; the number of bytes read is written.</summary>
    [Parameter]
    [OwnBuffer]
    public byte[]? Into { get; set; }

    /// <summary>File to write to, range after range.</summary>
    [Parameter]
    public string Destination { get; set; } = "";

    /// <summary>Replace a file that exists.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Write a result for the file.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    private protected override void PrepareRecord()
    {
        Exclude(nameof(Into), nameof(Destination), nameof(AsResult));
        _path ??= Destination.Length == 0 ? null : ResolveFile(Destination);
        var isListed = ParameterSetName is ParameterSets.UriRanges or ParameterSets.NameRanges;
        ByteRange[] ranges = isListed ? [.. Range] : [new ByteRange(Offset, Length)];
        foreach (var uri in Addresses(Uri, Bucket, Name))
        {
            // Listed ranges go to one place, whatever number of records they come in.
            if (isListed || (Into is null && _path is null)) Enqueue(_feed, new RangeRequest(uri, ranges));
            else if (Into is not null) Run(() => FillAsync(uri, ranges, Into));
            else if (ShouldProcess(_path!, $"Write {ranges[0]} of {uri}")) Run(() => SaveAsync(uri, ranges, _path!));
        }
    }

    /// <inheritdoc/>
    private protected override async Task RunAsync()
    {
        if (Into is null && _path is null)
        {
            await new ReadRanges(await GetSessionAsync(Session), Sink) { AsResult = AsResult }.RunAsync(_feed.Reader);
            return;
        }

        if (await RangeCollection.CollectAsync(_feed.Reader, Sink.Stopping) is not var (uri, ranges)) return;
        if (Into is not null) await FillAsync(uri, ranges, Into);
        else if (await Sink.ConfirmAsync(_path!, $"Write {ranges.Count} ranges of {uri}")) await SaveAsync(uri, ranges, _path!);
    }

    private async Task FillAsync(ZonalUri uri, IReadOnlyList<ByteRange> ranges, byte[] buffer) =>
        await new FillBuffer(await GetSessionAsync(Session), Sink).RunAsync(uri, ranges, buffer);

    private async Task SaveAsync(ZonalUri uri, IReadOnlyList<ByteRange> ranges, string path) =>
        await new SaveRanges(await GetSessionAsync(Session), Sink) { Overwrite = Force, PassThru = PassThru }.RunAsync(uri, ranges, path);
}
