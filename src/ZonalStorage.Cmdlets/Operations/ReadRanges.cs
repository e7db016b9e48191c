using System.Threading.Channels;

namespace ZonalStorage.Cmdlets.Operations;

/// <summary>Reads a stream of ranges in batches; results in the order asked for.</summary>
/// <remarks>
/// A batch is whatever has piled up while the one before was on its way, so a fast producer makes large batches and a slow
/// one never waits for a batch to fill. Two batches are under way at a time, lest the wire runs dry between them.
/// </remarks>
internal sealed class ReadRanges(ZonalSession session, ISink sink)
{
    // Ranges from which on a batch takes no further record: ten messages of the protocol's hundred.
    private const int EnoughRanges = 1000;

    // The same by bytes, as far as lengths are known: a slow consumer may make us hold them.
    private const long EnoughBytes = 64 << 20;

    private const int BatchesAtATime = 2;

    // Results share one hand-over to the pipeline thread, which costs more than a small range does: so many, and so many bytes.
    private const int MaximumShared = 512;
    private const long MaximumSharedBytes = 4 << 20;

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
                (batch, stopping) => RequestBatch.Start(session, batch, sink.Progress, stopping),
                FinishAsync,
                batch => batch.EndAsync(),
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
                var (count, bytes) = (0, 0L);
                while (count < EnoughRanges && bytes < EnoughBytes && requests.TryRead(out var request))
                {
                    batch.Add(request);
                    count += request.Ranges.Count;
                    foreach (var range in request.Ranges) bytes += range.Length ?? 0;
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

    private async Task FinishAsync(RequestBatch batch)
    {
        var ready = new List<object?>();
        long bytes = 0;
        var writing = Task.CompletedTask;
        foreach (var (uri, ranges) in batch.Requests)
        {
            var source = batch[uri];
            for (var i = 0; i < ranges.Count; i++)
            {
                var pending = source.TakeAsync();
                if (!pending.IsCompleted || ready.Count >= MaximumShared || bytes >= MaximumSharedBytes) await FlushAsync();
                var known = pending.IsCompletedSuccessfully ? pending.Result : null;
                if (known is { Error: null, IsTruncated: false }) Add(known);
                else await sink.TryAsync(uri, async () => await FinishOneAsync(known ?? await pending));
            }
        }

        await FlushAsync();
        await writing;

        async Task FinishOneAsync(ZonalRangeResult result)
        {
            if (result.Error is { } error)
            {
                await FlushAsync();
                throw error;
            }

            if (result.IsTruncated) await TellTruncatedAsync(result);
            Add(result);
        }

        void Add(ZonalRangeResult result)
        {
            ready.Add(AsResult ? result : result.Data);
            bytes += result.Data!.Length;
        }

        // Written while more are taken: what the pipeline thread is asked to do it does in order.
        async Task FlushAsync()
        {
            if (ready.Count == 0) return;
            await writing;
            writing = sink.WriteAllAsync(ready.ToArray());
            ready.Clear();
            bytes = 0;
        }
    }

    private Task TellTruncatedAsync(ZonalRangeResult result) => sink.WriteVerboseAsync(
        $"{result.Uri}: range {result.Range} ends after the object does; {result.Data?.Length ?? 0} bytes read.");
}
