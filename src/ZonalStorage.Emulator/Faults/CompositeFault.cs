using Google.Cloud.Storage.V2;
using ZonalStorage.Emulator.Grpc;
using ZonalStorage.Emulator.Services.Reading;
using ZonalStorage.Emulator.Services.Writing;

namespace ZonalStorage.Emulator.Faults;

/// <summary>Several faults on one call, each asked in turn.</summary>
internal sealed class CompositeFault(IReadOnlyList<Fault> parts) : Fault
{
    public override bool IsLasting => parts.Any(part => part.IsLasting);

    public override bool NeedsWire => parts.Any(part => part.NeedsWire);

    public override bool AppliesTo(RpcCall call) => parts.All(part => part.AppliesTo(call));

    public override async ValueTask OnCallAsync(RpcCall call)
    {
        foreach (var part in parts) await part.OnCallAsync(call);
    }

    public override async ValueTask OnReadOpenAsync(ReadStream stream)
    {
        foreach (var part in parts) await part.OnReadOpenAsync(stream);
    }

    public override async ValueTask OnReadAnswerAsync(ReadStream stream, BidiReadObjectResponse answer)
    {
        foreach (var part in parts) await part.OnReadAnswerAsync(stream, answer);
    }

    public override async ValueTask<bool> OnReadRangeAsync(ReadStream stream, ReadRangeState range)
    {
        var serve = true;
        foreach (var part in parts) serve &= await part.OnReadRangeAsync(stream, range);
        return serve;
    }

    public override async ValueTask OnReadChunkAsync(ReadStream stream, ReadRangeState range, OutgoingChunk chunk)
    {
        foreach (var part in parts) await part.OnReadChunkAsync(stream, range, chunk);
    }

    public override async ValueTask OnReadChunkSentAsync(ReadStream stream, ReadRangeState range, OutgoingChunk chunk)
    {
        foreach (var part in parts) await part.OnReadChunkSentAsync(stream, range, chunk);
    }

    public override async ValueTask OnReadIdleAsync(ReadStream stream)
    {
        foreach (var part in parts) await part.OnReadIdleAsync(stream);
    }

    public override async ValueTask OnWriteOpenAsync(WriteStream stream)
    {
        foreach (var part in parts) await part.OnWriteOpenAsync(stream);
    }

    public override async ValueTask OnWriteOpenedAsync(WriteStream stream)
    {
        foreach (var part in parts) await part.OnWriteOpenedAsync(stream);
    }

    public override async ValueTask<int> OnWriteDataAsync(WriteStream stream, int length)
    {
        foreach (var part in parts) length = await part.OnWriteDataAsync(stream, length);
        return length;
    }

    public override async ValueTask OnWriteDataTakenAsync(WriteStream stream)
    {
        foreach (var part in parts) await part.OnWriteDataTakenAsync(stream);
    }
}
