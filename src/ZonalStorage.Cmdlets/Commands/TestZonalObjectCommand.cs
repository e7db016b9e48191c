using System.Management.Automation;

namespace ZonalStorage.Cmdlets.Commands;

/// <summary>Tells whether objects exist.</summary>
[Cmdlet(VerbsDiagnostic.Test, "ZonalObject")]
[OutputType(typeof(bool))]
public sealed class TestZonalObjectCommand : ZonalCmdlet
{
    /// <summary>Address of the object.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("InputObject")]
    [ZonalUri]
    [ArgumentCompleter(typeof(Completion.UriCompleter))]
    public ZonalUri[] Uri { get; set; } = [];

    /// <summary>Session to use; the runspace's default one otherwise.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(Completion.SessionCompleter))]
    public ZonalSession? Session { get; set; }

    /// <inheritdoc/>
    private protected override async Task ProcessAsync()
    {
        var session = await GetSessionAsync(Session);
        foreach (var uri in Uri) await Sink.TryAsync(uri, async () => await Sink.WriteAsync(await ExistsAsync(session, uri)));
    }

    private async Task<bool> ExistsAsync(ZonalSession session, ZonalUri uri)
    {
        try
        {
            await session.GetObjectInfoAsync(uri, Sink.Stopping);
            return true;
        }
        catch (ZonalException e) when (e.Code == ZonalStatusCode.NotFound)
        {
            return false;
        }
    }
}
