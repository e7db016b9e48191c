using System.Diagnostics;

namespace ZonalStorage.Throughput.Reliability;

/// <summary>What the process holds at a moment.</summary>
internal sealed record ResourceSample(TimeSpan At, long WorkingSet, long Managed, long Committed, int Threads, int Handles)
{
    public static ResourceSample Take(TimeSpan at)
    {
        using var process = Process.GetCurrentProcess();
        var handles = OperatingSystem.IsLinux() ? CountFiles() : process.HandleCount;
        return new ResourceSample(at, process.WorkingSet64, GC.GetTotalMemory(forceFullCollection: false), GC.GetGCMemoryInfo().TotalCommittedBytes, process.Threads.Count, handles);
    }

    /// <summary>
    /// Without what waits for the collector: whole objects as arrays come and go by 100 MiB, beside which nothing could be seen.
    /// </summary>
    public static ResourceSample TakeCollected(TimeSpan at)
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        return Take(at);
    }

    // Sockets, pipes and files; not the assemblies, which the runtime loads as it first needs them.
    private static int CountFiles() => Directory.EnumerateFileSystemEntries("/proc/self/fd")
        .Count(static f => new FileInfo(f).LinkTarget?.EndsWith(".dll", StringComparison.Ordinal) != true);

    /// <summary>After everything was let go: what stays is leaked, or the runtime's.</summary>
    public static async Task<ResourceSample> TakeSettledAsync(TimeSpan at)
    {
        // Idle threads of the pool leave after twenty seconds.
        for (var i = 0; i < 25; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            await Task.Delay(1000);
        }

        return Take(at);
    }
}
