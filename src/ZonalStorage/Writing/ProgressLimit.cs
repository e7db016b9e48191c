using ZonalStorage.Transport.Http2;

namespace ZonalStorage.Writing;

/// <summary>Waits for as long as a stream's sending goes on, however slowly.</summary>
internal static class ProgressLimit
{
    // Looked at so often within the limit: what stands still is known after 1 + 1/4 of it at the latest.
    private const int Looks = 4;

    /// <summary>Waits for a task.</summary>
    /// <param name="task">What is awaited.</param>
    /// <param name="stream">Its <see cref="Http2Stream.SendProgress"/> begins the limit anew.</param>
    /// <param name="limit">Time without progress.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="TimeoutException">No progress within the limit.</exception>
    public static async Task<T> WaitAsync<T>(
        Task<T> task, Http2Stream stream, TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        var before = stream.SendProgress;
        var quiet = 0;
        while (true)
        {
            try
            {
                return await task.WaitAsync(limit / Looks, time, cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                var now = stream.SendProgress;
                quiet = now == before ? quiet + 1 : 0;
                before = now;
                if (quiet >= Looks) throw;
            }
        }
    }
}
