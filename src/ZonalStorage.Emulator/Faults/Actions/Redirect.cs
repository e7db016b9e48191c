using Google.Cloud.Storage.V2;
using ZonalStorage.Emulator.Grpc;

namespace ZonalStorage.Emulator.Faults.Actions;

/// <summary>Ends a stream with ABORTED and the detail that sends the client elsewhere.</summary>
internal sealed class Redirect(string token, bool withHandle) : FaultAction
{
    public override ValueTask StrikeAsync(FaultSite site) => throw new RpcFailure(
        StatusCode.Aborted,
        "The stream has to be opened again with the given routing token.",
        site.Write is null ? ForRead(site) : ForWrite(site));

    private BidiReadObjectRedirectedError ForRead(FaultSite site)
    {
        var detail = new BidiReadObjectRedirectedError { RoutingToken = token };
        if (withHandle) detail.ReadHandle = site.Read!.NewHandle();
        return detail;
    }

    private BidiWriteObjectRedirectedError ForWrite(FaultSite site)
    {
        var detail = new BidiWriteObjectRedirectedError { RoutingToken = token };
        if (withHandle)
        {
            detail.WriteHandle = site.Write!.NewHandle();
            detail.Generation = site.Write.Generation;
        }

        return detail;
    }
}
