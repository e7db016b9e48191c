namespace ZonalStorage.Transport.Http2;

/// <summary>What we offer a peer, and what we bear from it. Each number bounds memory or work that a peer could cause.</summary>
internal static class Http2Limits
{
    /// <summary>
    /// Receive block of a connection. It holds the largest usual message (2 MiB of content) and what lies behind it; 8 MiB
    /// and 16 MiB cost more CPU because they leave the cache (docs/performance.md). A power of two.
    /// </summary>
    public const int ReceiveBlock = 4 << 20;

    /// <summary>Frames offered: 1 MiB and 4 MiB measured level, 16 KiB 4 to 12 % dearer.</summary>
    public const int MaxFrameSize = 1 << 20;

    /// <summary>
    /// Window of a stream. Received bytes land in memory that was set aside before they were asked for, so the window is no
    /// memory bound and may be as large as any bandwidth-delay product.
    /// </summary>
    public const int StreamWindow = 1 << 30;

    /// <summary>Window of the connection, the same for the same reason.</summary>
    public const int ConnectionWindow = 1 << 30;

    /// <summary>Consumed bytes after which a window is topped up: rarely, since an update is a system call.</summary>
    public const int WindowUpdateStep = 32 << 20;

    /// <summary>A header block, all its CONTINUATION frames together, and also the decoded list.</summary>
    public const int MaxHeaderBlock = 64 << 10;

    /// <summary>Frames other than DATA and header frames; only SETTINGS and GOAWAY may be long at all.</summary>
    public const int MaxControlFrame = 16 << 10;

    /// <summary>Messages longer than this end their stream: content is at most 2 MiB a chunk, a few chunks a message.</summary>
    public const int MaxMessage = 64 << 20;

    /// <summary>
    /// Frames that carry nothing (PING, SETTINGS, WINDOW_UPDATE, empty DATA, …) borne at once; refilled at
    /// <see cref="IdleFramesPerSecond"/>.
    /// </summary>
    public const int IdleFrameBurst = 10_000;

    /// <summary>Frames that carry nothing borne per second in the long run.</summary>
    public const int IdleFramesPerSecond = 1_000;

    /// <summary>Unsent control frames borne while the peer does not read.</summary>
    public const int MaxUnsentControlBytes = 1 << 20;

    /// <summary>Unsent request data after which a writer waits.</summary>
    public const int UnsentHighWatermark = 1 << 20;
}
