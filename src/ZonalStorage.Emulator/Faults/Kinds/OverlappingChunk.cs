using ZonalStorage.Emulator.Services.Reading;

namespace ZonalStorage.Emulator.Faults.Kinds;

/// <summary>The second chunk of a range starts with the last KiB of the first one.</summary>
internal sealed class OverlappingChunk : Fault
{
    private const int Overlap = 1024;

    private bool _done;

    public override ValueTask OnReadChunkAsync(ReadStream stream, ReadRangeState range, OutgoingChunk chunk)
    {
        if (_done || range.Next - range.Start < Overlap || chunk.Length <= Overlap) return ValueTask.CompletedTask;
        _done = true;
        range.Next -= Overlap;
        chunk.Offset -= Overlap;
        chunk.RangeEnd = false;
        return ValueTask.CompletedTask;
    }
}
