using ZonalStorage.Transport.Grpc;

namespace ZonalStorage.Tests.Transport;

/// <summary>An owner of a call that remembers how it ended.</summary>
internal sealed class RecordingHandler : IGrpcCallHandler
{
    private readonly TaskCompletionSource<GrpcStatus> _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>How the call ended.</summary>
    public Task<GrpcStatus> Completed => _completed.Task;

    /// <summary>Messages that came.</summary>
    public int Messages { get; private set; }

    public void OnMessage(in GrpcMessage message) => Messages++;

    public void OnCompleted(GrpcStatus status) => _completed.TrySetResult(status);
}
