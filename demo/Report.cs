namespace ZonalStorage.Demo;

/// <summary>Compares what was read with the originals, and prints both.</summary>
internal static class Report
{
    /// <returns>True if everything that was read is what was uploaded.</returns>
    public static async Task<bool> PrintAsync(
        IReadOnlyList<Job> jobs, IReadOnlyList<JobResult> results, CancellationToken cancellation)
    {
        var allMatch = results.Count == jobs.Count;
        foreach (var (job, result) in jobs.Zip(results))
        {
            var bytes = result.Parts.Sum(part => part.Bytes);
            var rate = $"{result.Seconds * 1000:0.0} ms ({Size(bytes / result.Seconds)}/s)";
            Console.WriteLine();
            Console.WriteLine($"{job.Title}: {job.Uri}, {Size(bytes)} in {rate}");
            var expected = new List<Part>();
            foreach (var range in job.Parts) expected.Add(await Originals.PartAsync(job.Original, range, cancellation));
            if (expected.Count != result.Parts.Count) allMatch = false;
            for (var i = 0; i < expected.Count && i < result.Parts.Count; i++)
            {
                var (uploaded, read) = (expected[i].Sha256, result.Parts[i].Sha256.ToLowerInvariant());
                var match = string.Equals(uploaded, read, StringComparison.Ordinal);
                allMatch &= match;
                var what = job.Ranges.Count > 0 ? job.Ranges[i].Text : "whole";
                Console.WriteLine($"  {what,-12} {result.Parts[i].Bytes,10:N0} B  uploaded {uploaded}");
                Console.WriteLine($"  {"",-12} {"",10}    read     {read}  {(match ? "same" : "DIFFERENT")}");
            }
        }

        return allMatch;
    }

    public static string Size(double bytes) => bytes switch
    {
        >= 1 << 30 => $"{bytes / (1 << 30):0.00} GiB",
        >= 1 << 20 => $"{bytes / (1 << 20):0.0} MiB",
        >= 1 << 10 => $"{bytes / (1 << 10):0.0} KiB",
        _ => $"{bytes:0} B",
    };
}
