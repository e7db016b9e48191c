namespace ZonalStorage.Transport.Http2;

/// <summary>What we offer a peer, and what we bear from it. Each number bounds memory or work that a peer could cause.</summary>
internal static class Http2Limits
{
    /// <summary>
    /// Receive block of a connection. It holds the largest usual message (2 MiB of content) and what lies behind it; 8 MiB
    /// and 16 MiB cost more CPU because they leave the cache (docs/performance.md). A power of two.
    /// </summary>
    public const int ReceiveBlock = 4 << 20;

    /// <summary>
    /// Frames offered: a message (2 MiB of content) then is one frame, so that the receiver knows of more bytes that are sure
    /// to come and wakes less often. 4 MiB took 0.92 of the CPU of 1 MiB (docs/performance.md).
    /// </summary>
    public const int MaxFrameSize = 4 << 20;

    /// <summary>
    /// Window of a stream, the largest there is. Received bytes land in memory that was set aside before they were asked for,
    /// so the window is no memory bound and may be as large as any bandwidth-delay product.
    /// </summary>
    public const int StreamWindow = int.MaxValue;

    /// <summary>Window of the connection, the same for the same reason.</summary>
    public const int ConnectionWindow = int.MaxValue;

    /// <summary>
    /// Consumed bytes after which a window is topped up. Rarely: each time wakes a thread to send it, which spins a while
    /// before it sleeps again (at 32 MiB that was 5 % of all CPU).
    /// </summary>
    public const int WindowUpdateStep = 256 << 20;

    /// <summary>A header block, all its CONTINUATION frames together, and also the decoded list.</summary>
    public const int MaxHeaderBlock = 64 << 10;

    /// <summary>Frames other than DATA and header frames; only SETTINGS and GOAWAY may be long at all.</summary>
    public const int MaxControlFrame = 16 << 10;

    /// <summary>Messages longer than this end their stream: content is at most 2 MiB a chunk, a few chunks a message.</summary>
    public const int MaxMessage = 64 << 20;

    /// <summary>
    /// Frames that carry nothing (all but DATA with content) borne at once beyond those that we earned the peer; refilled at
    /// <see cref="IdleFramesPerSecond"/>.
    /// </summary>
    public const int IdleFrameBurst = 10_000;

    /// <summary>Frames that carry nothing borne per second in the long run.</summary>
    public const int IdleFramesPerSecond = 1_000;

    /// <summary>Streams of a connection that we have finished with and the peer has not; those beyond it are reset.</summary>
    public const int MaxFinishingStreams = 64;

    /// <summary>DATA frames shorter than this for streams that are gone carry nothing; longer ones were on their way.</summary>
    public const int MinLateData = 1 << 10;

    /// <summary>Unsent answers to control frames borne while the peer does not read; content is not counted.</summary>
    public const int MaxUnsentAnswerBytes = 1 << 20;

    /// <summary>Time for the answer to a PING: a round trip, with patience.</summary>
    public static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Time without a byte, while some are awaited, after which a peer is asked by a PING; never more often.</summary>
    public static readonly TimeSpan ProbeAfter = TimeSpan.FromSeconds(5);

    /// <summary>The longest time between two PINGs while only their answers come: until then it doubles.</summary>
    public static readonly TimeSpan ProbeAtLeastEvery = TimeSpan.FromSeconds(60);

    /// <summary>Unsent request data after which a writer waits.</summary>
    public const int UnsentHighWatermark = 1 << 20;
}
