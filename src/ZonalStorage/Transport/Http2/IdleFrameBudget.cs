namespace ZonalStorage.Transport.Http2;

/// <summary>
/// Bounds the frames that cost work and carry nothing (CVE-2019-9512 and its relatives): a token bucket, and beside it what we
/// earned the peer by sending.
/// </summary>
/// <remarks>
/// No kind of frame is exempt. A peer that answers our streams by headers and resets, and our content by window updates, spends
/// what these earned, however many they are: that work is bounded by our own doing.
/// </remarks>
internal sealed class IdleFrameBudget(TimeProvider time)
{
    // Two header blocks, a reset, window updates and a PING per stream, with something to spare.
    private const int PerStream = 8;

    // The smallest step of a window that a sensible peer announces.
    private const int BytesPerFrame = 1024;

    private double _tokens = Http2Limits.IdleFrameBurst;
    private long _filledAt = time.GetTimestamp();
    private long _earned;

    /// <summary>We opened a stream. Any thread.</summary>
    public void EarnStream() => Interlocked.Add(ref _earned, PerStream);

    /// <summary>We sent content: the peer may announce windows and probe the line. Any thread.</summary>
    public void EarnContent(int bytes) => Interlocked.Add(ref _earned, 2 + (bytes / BytesPerFrame));

    /// <summary>The peer sent a frame that carries nothing. Receive thread.</summary>
    /// <exception cref="Http2Exception">The peer sent too many of them.</exception>
    public void Spend()
    {
        if (--_tokens >= 0) return;
        var refilled = time.GetElapsedTime(_filledAt).TotalSeconds * Http2Limits.IdleFramesPerSecond;
        _filledAt = time.GetTimestamp();
        _tokens = Math.Min(Http2Limits.IdleFrameBurst, refilled) + Interlocked.Exchange(ref _earned, 0) - 1;
        if (_tokens < 0) throw new Http2Exception(Http2ErrorCode.EnhanceYourCalm, "a flood of frames that carry nothing.");
    }
}
