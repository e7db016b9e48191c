using System.Threading.Channels;

namespace ZonalStorage.Cmdlets.Operations;

/// <summary>Brings objects to memory or to files, several at once, results in the order asked for.</summary>
internal sealed class GetObjects(ZonalSession session, ISink sink)
{
    /// <summary>How files are written; the range is that of each request.</summary>
    public ZonalDownloadOptions Download { get; init; } = new();

    /// <summary>Leave files that exist as they are, without an error.</summary>
    public bool KeepExisting { get; init; }

    /// <summary>Write a result for each file.</summary>
    public bool PassThru { get; init; }

    /// <summary>What becomes of content that goes to the pipeline.</summary>
    public ContentShape Shape { get; init; } = new ContentShape.Whole();

    /// <summary>Objects at most that are under way at a time.</summary>
    public int ThrottleLimit { get; init; } = 4;

    /// <summary>Runs until no more requests come.</summary>
    public Task RunAsync(ChannelReader<ObjectRequest> requests) =>
        InOrder.RunAsync(requests, ThrottleLimit, Start, FinishAsync, running => running.Result, sink.Stopping);

    /// <summary>Runs one request.</summary>
    public Task RunOneAsync(ObjectRequest request) => FinishAsync(Start(request, sink.Stopping));

    // Chunks are read when it is their turn: their memory is to be bounded, not one window for each object.
    private (ObjectRequest Request, Task<object?> Result) Start(ObjectRequest request, CancellationToken stopping) =>
        (request, request.Path is null && Shape is ContentShape.Chunks
            ? Task.FromResult<object?>(null)
            : Task.Run(() => GetAsync(request, stopping), CancellationToken.None));

    private Task FinishAsync((ObjectRequest Request, Task<object?> Result) running) =>
        sink.TryAsync(running.Request.Uri, async () =>
        {
            if (running.Request.Path is null && Shape is ContentShape.Chunks chunks) await SendChunksAsync(running.Request, chunks);
            else if (await running.Result is { } output) await sink.WriteAsync(output);
        });

    private async Task SendChunksAsync(ObjectRequest request, ContentShape.Chunks shape)
    {
        var counters = sink.Progress.Begin();
        try
        {
            await new ChunkWriter(session, sink, shape).RunAsync(request.Uri, request.Range, counters);
        }
        finally
        {
            sink.Progress.End(counters);
        }
    }

    private async Task<object?> GetAsync(ObjectRequest request, CancellationToken stopping)
    {
        var counters = sink.Progress.Begin();
        try
        {
            if (request.Path is null) return await ReadAsync(request, counters, stopping);
            if (KeepExisting && File.Exists(request.Path))
            {
                await sink.WriteVerboseAsync($"'{request.Path}' exists and stays as it is.");
                return null;
            }

            var result = await session.DownloadAsync(
                request.Uri, request.Path, Download with { Range = request.Range }, counters, stopping);
            if (result.Restarted is { } restarted) await sink.WriteVerboseAsync($"{request.Uri}: {restarted}");
            if (result.ResumedBytes > 0)
                await sink.WriteVerboseAsync($"{request.Uri}: {HumanSize.Format(result.ResumedBytes)} were there already.");
            return PassThru ? result : null;
        }
        finally
        {
            sink.Progress.End(counters);
        }
    }

    private async Task<object> ReadAsync(ObjectRequest request, ZonalProgress counters, CancellationToken stopping)
    {
        if (Shape is ContentShape.AsStream)
        {
            var stream = await session.OpenStreamAsync(request.Uri, options: null, stopping);
            stream.Position = request.Range.Resolve(stream.Length).Offset;
            return stream;
        }

        var bytes = await session.ReadAsync(request.Uri, request.Range, counters, stopping);
        return Shape is ContentShape.Text text ? text.Decode(bytes) : bytes;
    }
}
