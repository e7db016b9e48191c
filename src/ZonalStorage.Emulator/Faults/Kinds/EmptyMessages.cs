using Google.Cloud.Storage.V2;
using ZonalStorage.Emulator.Services.Reading;

namespace ZonalStorage.Emulator.Faults.Kinds;

/// <summary>An answer without content before every chunk: a legal sign of life.</summary>
internal sealed class EmptyMessages : Fault
{
    public override ValueTask OnReadChunkAsync(ReadStream stream, ReadRangeState range, OutgoingChunk chunk) =>
        stream.SendAsync(new BidiReadObjectResponse());
}
