using ZonalStorage.Emulator.Services.Reading;

namespace ZonalStorage.Emulator.Faults.Kinds;

/// <summary>The first MiB comes in small pieces with pauses between them.</summary>
internal sealed class SlowDrip(TimeSpan pause) : Fault
{
    private const int Piece = 64 << 10;
    private const int Slow = 1 << 20;

    public override async ValueTask OnReadChunkAsync(ReadStream stream, ReadRangeState range, OutgoingChunk chunk)
    {
        if (stream.BytesSent >= Slow || chunk.Length <= Piece) return;
        chunk.Length = Piece;
        chunk.RangeEnd = false;
        await Task.Delay(pause, stream.Call.Token);
    }
}
