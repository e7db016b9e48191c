using ZonalStorage.Emulator.Services.Reading;
using ZonalStorage.Emulator.Services.Writing;

namespace ZonalStorage.Emulator.Faults;

/// <summary>
/// Strikes once a stream has carried so many bytes of data; the chunk that reaches the mark is cut there, and a range
/// that would end there does not.
/// </summary>
internal sealed class AfterBytes(long mark, FaultAction action) : Fault
{
    private bool _reached;
    private bool _struck;

    public override bool NeedsWire => action.NeedsWire;

    public override ValueTask OnReadChunkAsync(ReadStream stream, ReadRangeState range, OutgoingChunk chunk)
    {
        if (_reached || stream.BytesSent + chunk.Length < mark) return ValueTask.CompletedTask;
        _reached = true;
        chunk.Length = (int)(mark - stream.BytesSent);
        chunk.RangeEnd = false;
        chunk.Skip = chunk.Length == 0;
        return ValueTask.CompletedTask;
    }

    public override ValueTask OnReadChunkSentAsync(ReadStream stream, ReadRangeState range, OutgoingChunk chunk) =>
        StrikeAsync(new FaultSite(stream.Call, Read: stream));

    public override ValueTask<int> OnWriteDataAsync(WriteStream stream, int length)
    {
        if (_reached || stream.BytesReceived + length < mark) return new(length);
        _reached = true;
        return new((int)(mark - stream.BytesReceived));
    }

    public override ValueTask OnWriteDataTakenAsync(WriteStream stream)
    {
        if (_reached && !_struck) stream.Persist();
        return StrikeAsync(new FaultSite(stream.Call, Write: stream));
    }

    private ValueTask StrikeAsync(FaultSite site)
    {
        if (!_reached || _struck) return ValueTask.CompletedTask;
        _struck = true;
        return action.StrikeAsync(site);
    }
}
