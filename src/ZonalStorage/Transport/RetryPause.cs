using Google.Rpc;
using ZonalStorage.Transport.Grpc;

namespace ZonalStorage.Transport;

/// <summary>How long to wait before the next attempt. Pure.</summary>
internal static class RetryPause
{
    private static readonly TimeSpan _first = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(5);

    /// <summary>The pause after <paramref name="attempts"/> attempts in a row that brought nothing.</summary>
    /// <remarks>
    /// Doubled each time up to the longest, of which a random half is taken off, so that many clients do not come back
    /// together. A server that wishes for more (<c>google.rpc.RetryInfo</c>) gets it, up to <paramref name="limit"/>.
    /// </remarks>
    /// <param name="attempts">1 or more.</param>
    /// <param name="status">How the last attempt ended.</param>
    /// <param name="limit">What the caller is ready to wait at most.</param>
    /// <param name="random">From 0 to 1.</param>
    public static TimeSpan After(int attempts, GrpcStatus status, TimeSpan limit, double random)
    {
        var longest = Math.Min(_longest.TotalMilliseconds, _first.TotalMilliseconds * Math.Pow(2, attempts - 1));
        var pause = TimeSpan.FromMilliseconds(longest * (0.5 + (random / 2)));
        if (TryGet(status, out var wished) && wished > pause) pause = wished;
        return pause < limit ? pause : limit;
    }

    /// <summary>What the server wishes for, if it says so in a way that means anything.</summary>
    public static bool TryGet(GrpcStatus status, out TimeSpan pause)
    {
        pause = default;
        if (!status.TryGetDetail<RetryInfo>(out var info) || info.RetryDelay is not { } delay) return false;
        // Not Duration.ToTimeSpan, which throws where seconds and nanoseconds are out of their bounds.
        var seconds = delay.Seconds + (delay.Nanos / 1e9);
        if (seconds < 0) return false;
        pause = seconds < TimeSpan.MaxValue.TotalSeconds / 2 ? TimeSpan.FromSeconds(seconds) : TimeSpan.MaxValue;
        return true;
    }
}
