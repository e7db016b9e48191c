using System.Globalization;

namespace ZonalStorage.Emulator.Grpc;

/// <summary>The grpc-timeout header: up to eight digits and a unit (H, M, S, m, u, n).</summary>
internal static class Deadline
{
    public static CancellationTokenSource Start(string? header, params CancellationToken[] others)
    {
        var source = CancellationTokenSource.CreateLinkedTokenSource(others);
        if (TryParse(header, out var timeout)) source.CancelAfter(timeout);
        return source;
    }

    private static bool TryParse(string? header, out TimeSpan timeout)
    {
        timeout = default;
        if (header is not { Length: >= 2 and <= 9 }) return false;
        if (!long.TryParse(header.AsSpan(0, header.Length - 1), NumberStyles.None, null, out var n)) return false;
        double? seconds = header[^1] switch
        {
            'H' => n * 3600.0,
            'M' => n * 60.0,
            'S' => n,
            'm' => n / 1e3,
            'u' => n / 1e6,
            'n' => n / 1e9,
            _ => null,
        };

        // Timers reach about 49 days; a longer deadline is none.
        if (seconds is null or > 4_000_000) return false;
        timeout = TimeSpan.FromSeconds(seconds.Value);
        return true;
    }
}
