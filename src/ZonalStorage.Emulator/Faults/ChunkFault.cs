using ZonalStorage.Emulator.Services.Reading;

namespace ZonalStorage.Emulator.Faults;

/// <summary>Spoils the n-th chunk of a stream that carries data; 0 stands for all of them.</summary>
internal abstract class ChunkFault(int ordinal) : Fault
{
    private int _seen;

    public sealed override ValueTask OnReadChunkAsync(ReadStream stream, ReadRangeState range, OutgoingChunk chunk) =>
        chunk.Length > 0 && (++_seen == ordinal || ordinal == 0)
            ? SpoilAsync(stream, range, chunk)
            : ValueTask.CompletedTask;

    protected abstract ValueTask SpoilAsync(ReadStream stream, ReadRangeState range, OutgoingChunk chunk);
}
