using ZonalStorage.Emulator.Services.Reading;
using ZonalStorage.Emulator.Services.Writing;

namespace ZonalStorage.Emulator.Faults;

/// <summary>Strikes when a stream's object has been found, or made, and nothing has been answered.</summary>
internal sealed class AtOpen(FaultAction action) : Fault
{
    public override ValueTask OnReadOpenAsync(ReadStream stream) =>
        action.StrikeAsync(new FaultSite(stream.Call, Read: stream));

    public override ValueTask OnWriteOpenedAsync(WriteStream stream) =>
        action.StrikeAsync(new FaultSite(stream.Call, Write: stream));
}
