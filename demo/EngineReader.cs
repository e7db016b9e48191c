using System.Diagnostics;

namespace ZonalStorage.Demo;

/// <summary>Does the jobs by the engine's own calls: the same that the module's cmdlets make.</summary>
internal sealed class EngineReader(ZonalSession session, string folder)
{
    public async Task<IReadOnlyList<JobResult>> RunAsync(IReadOnlyList<Job> jobs, CancellationToken cancellation)
    {
        var results = new List<JobResult>();
        foreach (var job in jobs)
        {
            var watch = Stopwatch.StartNew();
            var parts = job.ToFile
                ? [await ReadFileAsync(job, cancellation)]
                : job.Ranges.Count == 0
                    ? [await session.ReadAsync(job.Uri, cancellationToken: cancellation)]
                    : await ReadRangesAsync(job, cancellation);
            var seconds = watch.Elapsed.TotalSeconds;
            results.Add(new JobResult(seconds, [.. parts.Select(bytes => Originals.Hash(bytes))]));
        }

        return results;
    }

    private async Task<byte[]> ReadFileAsync(Job job, CancellationToken cancellation)
    {
        var path = Path.Combine(folder, "downloaded.bin");
        await session.DownloadAsync(job.Uri, path, cancellationToken: cancellation);
        return await File.ReadAllBytesAsync(path, cancellation);
    }

    private async Task<List<byte[]>> ReadRangesAsync(Job job, CancellationToken cancellation)
    {
        var parts = new List<byte[]>();
        await foreach (var result in session.ReadRangesAsync(job.Uri, [.. job.Parts], cancellationToken: cancellation))
            parts.Add(result.Data ?? throw result.Error!);
        return parts;
    }
}
