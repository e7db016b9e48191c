using Google.Cloud.Storage.V2;
using ZonalStorage.Emulator.Services.Reading;

namespace ZonalStorage.Emulator.Faults.Kinds;

/// <summary>Signs of life for ever, and never a byte of data.</summary>
internal sealed class DripEmptyMessages : Fault
{
    private static readonly TimeSpan _period = TimeSpan.FromMilliseconds(50);

    public override async ValueTask OnReadChunkAsync(ReadStream stream, ReadRangeState range, OutgoingChunk chunk)
    {
        while (true)
        {
            await stream.SendAsync(new BidiReadObjectResponse());
            await Task.Delay(_period, stream.Call.Token);
        }
    }
}
