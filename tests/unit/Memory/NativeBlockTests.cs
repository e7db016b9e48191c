using Xunit;
using ZonalStorage.Memory;

namespace ZonalStorage.Tests.Memory;

public sealed unsafe class NativeBlockTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData(300_001)]
    [InlineData(2 << 20)]
    [InlineData((4 << 20) + 1)]
    public void It_is_aligned_and_its_own_to_the_last_byte(int length)
    {
        var blocks = Enumerable.Range(1, 5).Select(_ => new NativeBlock(length)).ToArray();
        for (var i = 0; i < blocks.Length; i++) blocks[i].Span.Fill((byte)(i + 1));
        for (var i = 0; i < blocks.Length; i++)
        {
            Assert.Equal(0, (nint)blocks[i].Address % (length >= HugePages.Size ? HugePages.Size : Environment.SystemPageSize));
            Assert.Equal(-1, blocks[i].Span.IndexOfAnyExcept((byte)(i + 1)));
        }

        foreach (var block in blocks) block.Dispose();
        Assert.Throws<ObjectDisposedException>(() => blocks[0].Span[0]);
    }

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
