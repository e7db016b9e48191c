using Google.Cloud.Storage.V2;
using ZonalStorage.Emulator.Services.Reading;

namespace ZonalStorage.Emulator.Faults.Kinds;

/// <summary>Chunks are right, and the object's own checksum says otherwise: as where a server mixes objects up.</summary>
internal sealed class WrongObjectChecksum : Fault
{
    public override ValueTask OnReadAnswerAsync(ReadStream stream, BidiReadObjectResponse answer)
    {
        if (answer.Metadata is not { Checksums: not null } metadata) return ValueTask.CompletedTask;
        answer.Metadata = metadata.Clone();
        answer.Metadata.Checksums.Crc32C ^= 1;
        return ValueTask.CompletedTask;
    }
}
