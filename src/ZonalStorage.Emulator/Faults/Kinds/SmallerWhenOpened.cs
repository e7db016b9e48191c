using Google.Cloud.Storage.V2;
using ZonalStorage.Emulator.Services.Reading;

namespace ZonalStorage.Emulator.Faults.Kinds;

/// <summary>
/// The object is being appended to: the open tells a size that is half of what is there a moment later, and no checksum.
/// </summary>
internal sealed class SmallerWhenOpened : Fault
{
    public override ValueTask OnReadAnswerAsync(ReadStream stream, BidiReadObjectResponse answer)
    {
        if (answer.Metadata is not { } metadata) return ValueTask.CompletedTask;
        var earlier = metadata.Clone();
        earlier.Size /= 2;
        earlier.FinalizeTime = null;
        earlier.Checksums = null;
        answer.Metadata = earlier;
        return ValueTask.CompletedTask;
    }
}
