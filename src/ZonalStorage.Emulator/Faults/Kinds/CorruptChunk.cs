using ZonalStorage.Emulator.Services.Reading;

namespace ZonalStorage.Emulator.Faults.Kinds;

/// <summary>Damages a byte of the data; the checksum stays that of the good data.</summary>
internal sealed class CorruptChunk(int ordinal) : ChunkFault(ordinal)
{
    protected override ValueTask SpoilAsync(ReadStream stream, ReadRangeState range, OutgoingChunk chunk)
    {
        chunk.DamagedByte = chunk.Length / 2;
        return ValueTask.CompletedTask;
    }
}
