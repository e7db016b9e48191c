using ZonalStorage.Emulator.Services.Reading;

namespace ZonalStorage.Emulator.Faults.Kinds;

/// <summary>The stream opens at once; its first data comes late.</summary>
internal sealed class StallBeforeData(FaultAction stall) : Fault
{
    private bool _done;

    public override ValueTask OnReadChunkAsync(ReadStream stream, ReadRangeState range, OutgoingChunk chunk)
    {
        if (_done) return ValueTask.CompletedTask;
        _done = true;
        return stall.StrikeAsync(new FaultSite(stream.Call, Read: stream));
    }
}
