using ZonalStorage.Emulator.Grpc;
using ZonalStorage.Emulator.Wire;

namespace ZonalStorage.Emulator.Faults.Kinds;

/// <summary>Changes the manners of the call's connection, for this call and all that follow on it.</summary>
internal sealed class WireFault(Func<SpoiledWire, Task> change) : Fault
{
    public WireFault(Action<WireManners> change)
        : this(wire =>
        {
            change(wire.Manners);
            return Task.CompletedTask;
        })
    {
    }

    public override bool NeedsWire => true;

    public override async ValueTask OnCallAsync(RpcCall call) => await change(call.Wire);
}
