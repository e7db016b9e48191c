using ZonalStorage.Emulator.Services.Reading;

namespace ZonalStorage.Emulator.Faults.Kinds;

/// <summary>Every chunk comes twice.</summary>
internal sealed class DuplicateChunk : Fault
{
    public override ValueTask OnReadChunkSentAsync(ReadStream stream, ReadRangeState range, OutgoingChunk chunk) =>
        stream.SendAsync(chunk);
}
