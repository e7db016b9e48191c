namespace ZonalStorage.Cmdlets.Pipeline;

/// <summary>The ladder of catches that all work shares.</summary>
internal static class SinkExtensions
{
    /// <summary>Works on one item; a failure of it becomes an error and the next item's turn.</summary>
    /// <returns>True when the item succeeded.</returns>
    /// <remarks>Cancellation and what no later item could survive are thrown on.</remarks>
    public static async Task<bool> TryAsync(this ISink sink, object? target, Func<Task> work)
    {
        try
        {
            await work();
            return true;
        }
        catch (Exception e) when (IsItemFailure(sink, e))
        {
            await sink.WriteErrorAsync(e, target);
            return false;
        }
    }

    private static bool IsItemFailure(ISink sink, Exception error) =>
        !(error is OperationCanceledException && sink.Stopping.IsCancellationRequested)
        && !ErrorDescription.EndsPipeline(error);
}
