using System.Diagnostics;

namespace ZonalStorage.Throughput;

/// <summary>
/// Time, processor time and allocations while it runs; what happens between two stretches does not count.
/// </summary>
internal sealed class Meter
{
    private readonly Stopwatch _clock = new();
    private TimeSpan _cpu;
    private long _allocated;

    public TimeSpan Elapsed => _clock.Elapsed;

    public TimeSpan Cpu { get; private set; }

    public long Allocated { get; private set; }

    public void Resume()
    {
        _allocated = GC.GetTotalAllocatedBytes(precise: true);
        _cpu = Environment.CpuUsage.TotalTime;
        _clock.Start();
    }

    public void Pause()
    {
        _clock.Stop();
        Cpu += Environment.CpuUsage.TotalTime - _cpu;
        Allocated += GC.GetTotalAllocatedBytes(precise: true) - _allocated;
    }
}
