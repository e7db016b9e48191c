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
