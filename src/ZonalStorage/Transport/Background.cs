namespace ZonalStorage.Transport;

/// <summary>Work on threads, pool threads and timers of our own.</summary>
/// <remarks>
/// Two things hold for all of it. An exception there would end the process: it goes to whoever can tell those concerned. And
/// nothing of the caller's ExecutionContext is taken along: the first caller's values would live as long as the connection.
/// </remarks>
internal static class Background
{
    /// <summary>Starts a thread.</summary>
    public static void StartThread<T>(string name, Action<T> work, T state, Action<T, Exception> failed) =>
        new Thread(() => Guard(work, state, failed)) { IsBackground = true, Name = name }.UnsafeStart();

    /// <summary>Runs work on a pool thread.</summary>
    public static void Queue<T>(Action<T> work, T state, Action<T, Exception> failed) =>
        ThreadPool.UnsafeQueueUserWorkItem(
            static job => Guard(job.work, job.state, job.failed), (work, state, failed), preferLocal: false);

    /// <summary>Makes a timer that is not armed yet.</summary>
    public static ITimer CreateTimer<T>(TimeProvider time, Action<T> work, T state, Action<T, Exception> failed)
    {
        using var flow = ExecutionContext.IsFlowSuppressed() ? default(AsyncFlowControl?) : ExecutionContext.SuppressFlow();
        return time.CreateTimer(
            _ => Guard(work, state, failed), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    private static void Guard<T>(Action<T> work, T state, Action<T, Exception> failed)
    {
        try
        {
            work(state);
        }
        catch (Exception e)
        {
            failed(state, e);
        }
    }
}
