using System.Management.Automation;

namespace ZonalStorage.Cmdlets.Commands;

/// <summary>Opens objects as seekable .NET streams with read-ahead.</summary>
[Cmdlet(VerbsCommon.Open, "ZonalStream", DefaultParameterSetName = ParameterSets.Uri)]
[OutputType(typeof(ZonalObjectStream))]
public sealed class OpenZonalStreamCommand : ObjectCmdlet
{
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
    private protected override async Task ProcessObjectAsync(ZonalSession session, ZonalUri uri)
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
