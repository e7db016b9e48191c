using ZonalStorage.Emulator.Faults.Actions;
using ZonalStorage.Emulator.Services.Reading;

namespace ZonalStorage.Emulator.Faults.Kinds;

/// <summary>
/// Redirects every read stream that does not bring the token in its specification and its routing header, as a bucket
/// in another region does. Stays in force.
/// </summary>
internal sealed class RequireToken(string token) : Fault
{
    public override bool IsLasting => true;

    public override ValueTask OnReadOpenAsync(ReadStream stream)
    {
        var isRouted = string.Equals(stream.Spec.RoutingToken, token, StringComparison.Ordinal)
            && string.Equals(stream.Call.Params.RoutingToken, token, StringComparison.Ordinal);
        return isRouted
            ? ValueTask.CompletedTask
            : new Redirect(token, withHandle: false).StrikeAsync(new FaultSite(stream.Call, Read: stream));
    }
}
