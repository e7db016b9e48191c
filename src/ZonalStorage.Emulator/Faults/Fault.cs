using ZonalStorage.Emulator.Grpc;
using ZonalStorage.Emulator.Services.Reading;

namespace ZonalStorage.Emulator.Faults;

/// <summary>
/// Something that goes wrong on one call. A kind of fault overrides the moments it cares for; ending the call is done
/// by throwing <see cref="RpcFailure"/>. One instance serves one call, so it may keep state.
/// </summary>
internal abstract class Fault
{
    public static readonly Fault None = new NoFault();

    /// <summary>Before anything of the call was looked at.</summary>
    public virtual ValueTask OnCallAsync(RpcCall call) => ValueTask.CompletedTask;

    /// <summary>A read stream's first message is there; nothing has been answered.</summary>
    public virtual ValueTask OnReadOpenAsync(ReadStream stream) => ValueTask.CompletedTask;

    /// <summary>A range was accepted; false keeps it from being served.</summary>
    public virtual ValueTask<bool> OnReadRangeAsync(ReadStream stream, ReadRangeState range) => new(true);

    /// <summary>A chunk is about to be sent and may be changed.</summary>
    public virtual ValueTask OnReadChunkAsync(ReadStream stream, ReadRangeState range, OutgoingChunk chunk) =>
        ValueTask.CompletedTask;

    public virtual ValueTask OnReadChunkSentAsync(ReadStream stream, OutgoingChunk chunk) => ValueTask.CompletedTask;

    /// <summary>Everything asked for so far has been served.</summary>
    public virtual ValueTask OnReadIdleAsync(ReadStream stream) => ValueTask.CompletedTask;

    private sealed class NoFault : Fault;
}
