using ZonalStorage.Emulator.Services.Reading;

namespace ZonalStorage.Emulator.Faults.Kinds;

/// <summary>A chunk that claims to lie 4 KiB further on than its bytes do.</summary>
internal sealed class MisplacedChunk() : ChunkFault(ordinal: 1)
{
    protected override ValueTask SpoilAsync(ReadStream stream, ReadRangeState range, OutgoingChunk chunk)
    {
        chunk.ClaimShift = 4096;
        return ValueTask.CompletedTask;
    }
}
