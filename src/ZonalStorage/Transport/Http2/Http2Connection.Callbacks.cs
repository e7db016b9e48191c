namespace ZonalStorage.Transport.Http2;

/// <summary>Calls to the streams; receive thread. What a stream's owner throws ends that stream and nothing else.</summary>
internal sealed partial class Http2Connection
{
    private void TellData(Http2Stream stream, ReceiveRing ring, int length)
    {
        try
        {
            stream.OnData(ring, length);
        }
        catch (Exception e)
        {
            OnFault(stream, e);
        }
    }

    // Rare ones, so that an allocation per call does not matter.
    private void Tell(Http2Stream stream, Action<Http2Stream> call)
    {
        try
        {
            call(stream);
        }
        catch (Exception e)
        {
            OnFault(stream, e);
        }
    }

    private void OnFault(Http2Stream stream, Exception cause)
    {
        Cancel(stream, Http2ErrorCode.InternalError);
        try
        {
            stream.OnFaulted(cause);
        }
        catch (Exception)
        {
            // Its owner was told twice and failed twice: there is nobody else to tell.
        }
    }
}
