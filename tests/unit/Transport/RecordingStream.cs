using ZonalStorage.Transport.Http2;

namespace ZonalStorage.Tests.Transport;

/// <summary>A stream that remembers what it was told.</summary>
internal class RecordingStream : Http2Stream
{
    public TaskCompletionSource HasHeaders { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override long Due => 0;

    public override bool IsAwaited => false;

    public override void OnHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        // Not looked at.
    }

    public override void OnHeadersComplete(bool endsStream) => HasHeaders.TrySetResult();

    public override void OnData(ReceiveRing ring, int length)
    {
        // Not looked at.
    }

    public override void OnEnd()
    {
        // Not looked at.
    }

    public override void OnReset(Http2ErrorCode code)
    {
        // Not looked at.
    }

    public override void OnFaulted(Exception cause)
    {
        // Not looked at.
    }

    public override void OnGivenUp()
    {
        // Holds nothing.
    }

    public override void OnConnectionLost(Exception cause, bool isUnprocessed)
    {
        // At the end of the test.
    }
}
