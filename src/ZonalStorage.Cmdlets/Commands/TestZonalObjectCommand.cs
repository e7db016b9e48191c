using System.Management.Automation;

namespace ZonalStorage.Cmdlets.Commands;

/// <summary>Tells whether objects exist.</summary>
[Cmdlet(VerbsDiagnostic.Test, "ZonalObject", DefaultParameterSetName = ParameterSets.Uri)]
[OutputType(typeof(bool))]
public sealed class TestZonalObjectCommand : ObjectCmdlet
{
    /// <inheritdoc/>
    private protected override async Task ProcessObjectAsync(ZonalSession session, ZonalUri uri) =>
        await Sink.WriteAsync(await ExistsAsync(session, uri));

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
