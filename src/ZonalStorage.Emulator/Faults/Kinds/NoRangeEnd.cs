using ZonalStorage.Emulator.Services.Reading;

namespace ZonalStorage.Emulator.Faults.Kinds;

/// <summary>Sends all data of every range but never says that it is the end.</summary>
internal sealed class NoRangeEnd : Fault
{
    public override ValueTask OnReadChunkAsync(ReadStream stream, ReadRangeState range, OutgoingChunk chunk)
    {
        range.IsAbandoned = chunk.RangeEnd;
        chunk.RangeEnd = false;
        return ValueTask.CompletedTask;
    }
}
