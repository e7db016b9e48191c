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
}
