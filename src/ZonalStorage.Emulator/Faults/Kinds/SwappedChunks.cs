using ZonalStorage.Emulator.Services.Reading;

namespace ZonalStorage.Emulator.Faults.Kinds;

/// <summary>The second chunk of the first long range comes before the first.</summary>
internal sealed class SwappedChunks : Fault
{
    private readonly OutgoingChunk _later = new();
    private bool _done;
    private int _ahead;

    public override async ValueTask OnReadChunkAsync(ReadStream stream, ReadRangeState range, OutgoingChunk chunk)
    {
        if (_done || chunk.RangeEnd || chunk.Length == 0) return;
        _done = true;
        var start = chunk.Offset + chunk.Length;
        _ahead = (int)Math.Min(chunk.Length, range.End - start);
        await stream.SendAsync(_later.Set(range.ReadId, start, _ahead, rangeEnd: false));
    }

    public override ValueTask OnReadChunkSentAsync(ReadStream stream, ReadRangeState range, OutgoingChunk chunk)
    {
        range.Next += _ahead;
        _ahead = 0;
        return ValueTask.CompletedTask;
    }
}
