using Xunit;
using ZonalStorage.Memory;

namespace ZonalStorage.Tests.Memory;

/// <summary>Looks at the memory of the whole process, to which other tests must not add meanwhile.</summary>
[Collection(nameof(NativeBlockMemoryTests))]
[CollectionDefinition(nameof(NativeBlockMemoryTests), DisableParallelization = true)]
public sealed class NativeBlockMemoryTests
{
    [Fact]
    public void What_is_freed_goes_back_to_the_system()
    {
        if (!OperatingSystem.IsLinux()) Assert.Skip("/proc/self/statm is Linux's.");
        // Many sizes, freed in another order by other threads: what makes a heap keep its pages.
        var before = ResidentPages();
        var random = new Random(1);
        for (var round = 0; round < 20; round++)
        {
            var blocks = Enumerable.Range(0, 16).Select(_ => new NativeBlock(random.Next(64 << 10, 6 << 20))).ToArray();
            foreach (var block in blocks) block.Span.Fill(1);
            random.Shuffle(blocks);
            Parallel.ForEach(blocks, static b => b.Dispose());
        }

        Assert.InRange((ResidentPages() - before) * (long)Environment.SystemPageSize, long.MinValue, 64L << 20);
    }

    private static long ResidentPages() =>
        long.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
}
