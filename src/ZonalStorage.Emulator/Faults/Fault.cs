using Google.Cloud.Storage.V2;
using ZonalStorage.Emulator.Grpc;
using ZonalStorage.Emulator.Services.Reading;
using ZonalStorage.Emulator.Services.Writing;

namespace ZonalStorage.Emulator.Faults;

/// <summary>
/// Something that goes wrong on one call. A kind of fault overrides the moments it cares for; ending the call is done
/// by throwing <see cref="RpcFailure"/>. One instance serves one call, so it may keep state.
/// </summary>
internal abstract class Fault
{
    public static readonly Fault None = new NoFault();

    /// <summary>A lasting fault stays at the head of its script and strikes every call.</summary>
    public virtual bool IsLasting => false;

    /// <inheritdoc cref="FaultAction.NeedsWire"/>
    public virtual bool NeedsWire => false;

    /// <summary>Whether the call is one that this fault waits for.</summary>
    public virtual bool AppliesTo(RpcCall call) => true;

    /// <summary>Before anything of the call was looked at.</summary>
    public virtual ValueTask OnCallAsync(RpcCall call) => ValueTask.CompletedTask;

    /// <summary>A read stream's object has been found; nothing has been answered.</summary>
    public virtual ValueTask OnReadOpenAsync(ReadStream stream) => ValueTask.CompletedTask;

    /// <summary>The answer to the open is about to be sent and may be changed.</summary>
    public virtual ValueTask OnReadAnswerAsync(ReadStream stream, BidiReadObjectResponse answer) => ValueTask.CompletedTask;

    /// <summary>A range was accepted; false keeps it from being served.</summary>
    public virtual ValueTask<bool> OnReadRangeAsync(ReadStream stream, ReadRangeState range) => new(true);

    /// <summary>A chunk is about to be sent and may be changed.</summary>
    public virtual ValueTask OnReadChunkAsync(ReadStream stream, ReadRangeState range, OutgoingChunk chunk) =>
        ValueTask.CompletedTask;

    /// <summary>A chunk has been sent, or skipped; the range stands behind it.</summary>
    public virtual ValueTask OnReadChunkSentAsync(ReadStream stream, ReadRangeState range, OutgoingChunk chunk) =>
        ValueTask.CompletedTask;

    /// <summary>Everything asked for so far has been served.</summary>
    public virtual ValueTask OnReadIdleAsync(ReadStream stream) => ValueTask.CompletedTask;

    /// <summary>A write stream was opened by the client; no object has been touched.</summary>
    public virtual ValueTask OnWriteOpenAsync(WriteStream stream) => ValueTask.CompletedTask;

    /// <summary>The object to write exists, and nothing has been answered.</summary>
    public virtual ValueTask OnWriteOpenedAsync(WriteStream stream) => ValueTask.CompletedTask;

    /// <summary>Data has come; the result says how much of it is accepted.</summary>
    public virtual ValueTask<int> OnWriteDataAsync(WriteStream stream, int length) => new(length);

    public virtual ValueTask OnWriteDataTakenAsync(WriteStream stream) => ValueTask.CompletedTask;

    private sealed class NoFault : Fault;
}
