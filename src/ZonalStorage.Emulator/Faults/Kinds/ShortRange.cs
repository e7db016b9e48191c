using ZonalStorage.Emulator.Services.Reading;

namespace ZonalStorage.Emulator.Faults.Kinds;

/// <summary>Ends a range with half of a chunk, as if the object ended there.</summary>
internal sealed class ShortRange() : ChunkFault(ordinal: 1)
{
    protected override ValueTask SpoilAsync(ReadStream stream, ReadRangeState range, OutgoingChunk chunk)
    {
        chunk.Length /= 2;
        chunk.RangeEnd = true;
        return ValueTask.CompletedTask;
    }
}
