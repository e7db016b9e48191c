using ZonalStorage.Emulator.Services.Reading;

namespace ZonalStorage.Emulator.Faults.Kinds;

/// <summary>Sends good data under a wrong checksum.</summary>
internal sealed class WrongChecksum(int ordinal) : ChunkFault(ordinal)
{
    protected override ValueTask SpoilAsync(ReadStream stream, ReadRangeState range, OutgoingChunk chunk)
    {
        chunk.ChecksumError = 0x00010001;
        return ValueTask.CompletedTask;
    }
}
