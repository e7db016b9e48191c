using System.Threading.Channels;

namespace ZonalStorage.Cmdlets.Operations;

/// <summary>Reads a stream of ranges in batches; results in the order asked for.</summary>
/// <remarks>
/// A batch is whatever has piled up while the one before was on its way, so a fast producer makes large batches and a slow
/// one never waits for a batch to fill. Two batches are under way at a time, lest the wire runs dry between them.
/// </remarks>
internal sealed class ReadRanges(ZonalSession session, ISink sink)
{
    /// <summary>Ranges at most in a batch: ten messages of the protocol's hundred.</summary>
    public const int MaximumCount = 1000;

    // Bytes at most in a batch, as far as lengths are known: two batches of these are what a slow consumer makes us hold.
    private const long MaximumBytes = 64 << 20;

    private const int BatchesAtATime = 2;

    // Small results share one hand-over to the pipeline thread, which costs more than they do.
    private const int MaximumShared = 64;

    /// <summary>Write results with their address and place instead of bare bytes.</summary>
    public bool AsResult { get; init; }

    /// <summary>Runs until no more requests come.</summary>
    public async Task RunAsync(ChannelReader<RangeRequest> requests)
    {
        var batches = Channel.CreateBounded<IReadOnlyList<RangeRequest>>(1);
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(sink.Stopping);
        var batching = BatchAsync(requests, batches.Writer, failed.Token);
        try
        {
            await InOrder.RunAsync(
                batches.Reader,
                BatchesAtATime,
                (batch, stopping) => RangeBatch.Start(session, batch, sink.Progress, stopping),
                FinishAsync,
                batch => batch.Ended,
                sink.Stopping);
        }
        finally
        {
            await failed.CancelAsync();
            await batching;
        }
    }

    private static async Task BatchAsync(
        ChannelReader<RangeRequest> requests, ChannelWriter<IReadOnlyList<RangeRequest>> batches, CancellationToken stopping)
    {
        Exception? error = null;
        try
        {
            while (await batches.WaitToWriteAsync(stopping) && await requests.WaitToReadAsync(stopping))
            {
                var batch = new List<RangeRequest>();
                long bytes = 0;
                while (batch.Count < MaximumCount && bytes < MaximumBytes && requests.TryRead(out var request))
                {
                    batch.Add(request);
                    bytes += request.Range.Length ?? 0;
                }

                batches.TryWrite(batch);
            }
        }
        catch (Exception e)
        {
            error = e;
        }

        batches.TryComplete(error);
    }

    private async Task FinishAsync(RangeBatch batch)
    {
        var ready = new List<object?>();
        for (var i = 0; i < batch.Count; i++)
        {
            var request = batch.Request(i);
            var pending = batch[i];
            if (!pending.IsCompleted || ready.Count >= MaximumShared) await FlushAsync(ready);
            await sink.TryAsync(request.Uri, async () =>
            {
                var result = await pending;
                if (result.Error is { } error)
                {
                    await FlushAsync(ready);
                    throw error;
                }

                if (result.IsTruncated) await TellTruncatedAsync(result);
                ready.Add(AsResult ? result : result.Data);
            });
        }

        await FlushAsync(ready);
    }

    private async Task FlushAsync(List<object?> ready)
    {
        if (ready.Count == 0) return;
        await sink.WriteAllAsync(ready.ToArray());
        ready.Clear();
    }

    private Task TellTruncatedAsync(ZonalRangeResult result) => sink.WriteVerboseAsync(
        $"{result.Uri}: range {result.Range} ends after the object does; {result.Data?.Length ?? 0} bytes read.");
}
