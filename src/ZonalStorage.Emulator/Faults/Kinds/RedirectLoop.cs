using ZonalStorage.Emulator.Faults.Actions;
using ZonalStorage.Emulator.Services.Reading;
using ZonalStorage.Emulator.Services.Writing;

namespace ZonalStorage.Emulator.Faults.Kinds;

/// <summary>Redirects every stream, for ever.</summary>
internal sealed class RedirectLoop : Fault
{
    private static readonly Redirect _again = new("loop", withHandle: false);

    public override bool IsLasting => true;

    public override ValueTask OnReadOpenAsync(ReadStream stream) =>
        _again.StrikeAsync(new FaultSite(stream.Call, Read: stream));

    public override ValueTask OnWriteOpenAsync(WriteStream stream) =>
        _again.StrikeAsync(new FaultSite(stream.Call, Write: stream));
}
