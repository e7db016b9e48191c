using ZonalStorage.Emulator.Services.Reading;

namespace ZonalStorage.Emulator.Faults.Kinds;

/// <summary>Ends every range twice, as the storage testbench does.</summary>
internal sealed class DoubleRangeEnd : Fault
{
    private readonly OutgoingChunk _extra = new();

    public override ValueTask OnReadChunkSentAsync(ReadStream stream, ReadRangeState range, OutgoingChunk chunk) =>
        chunk.RangeEnd
            ? stream.SendAsync(_extra.Set(range.ReadId, range.End, 0, rangeEnd: true))
            : ValueTask.CompletedTask;
}
