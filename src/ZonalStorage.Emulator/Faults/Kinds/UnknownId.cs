using ZonalStorage.Emulator.Services.Reading;

namespace ZonalStorage.Emulator.Faults.Kinds;

/// <summary>Before every chunk, a chunk of data for an id that nobody asked for.</summary>
internal sealed class UnknownId : Fault
{
    private const long Stranger = 0x5EED_0000_0000;

    private readonly OutgoingChunk _extra = new();

    public override ValueTask OnReadChunkAsync(ReadStream stream, ReadRangeState range, OutgoingChunk chunk) =>
        stream.SendAsync(_extra.Set(range.ReadId + Stranger, chunk.Offset, chunk.Length, chunk.RangeEnd));
}
