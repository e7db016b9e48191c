namespace ZonalStorage.Transport.Http2;

/// <summary>
/// Bounds the frames that cost work and carry nothing (CVE-2019-9512 and its relatives): a token bucket.
/// </summary>
internal sealed class IdleFrameBudget
{
    private double _tokens = Http2Limits.IdleFrameBurst;
    private long _filledAt = Environment.TickCount64;

    /// <exception cref="Http2Exception">The peer sent too many of them.</exception>
    public void Spend()
    {
        if (--_tokens >= 0) return;
        var now = Environment.TickCount64;
        _tokens = Math.Min(
            Http2Limits.IdleFrameBurst, (now - _filledAt) * (Http2Limits.IdleFramesPerSecond / 1000.0)) - 1;
        _filledAt = now;
        if (_tokens < 0) throw new Http2Exception(Http2ErrorCode.EnhanceYourCalm, "a flood of frames that carry nothing.");
    }
}
