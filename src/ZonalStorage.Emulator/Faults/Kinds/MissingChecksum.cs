using ZonalStorage.Emulator.Services.Reading;

namespace ZonalStorage.Emulator.Faults.Kinds;

/// <summary>Leaves the checksum away, which is not the same as a checksum of 0.</summary>
internal sealed class MissingChecksum : Fault
{
    public override ValueTask OnReadChunkAsync(ReadStream stream, ReadRangeState range, OutgoingChunk chunk)
    {
        chunk.SendChecksum = false;
        return ValueTask.CompletedTask;
    }
}
