using Xunit;
using ZonalStorage.Cmdlets.Progress;

namespace ZonalStorage.Tests.Cmdlets;

public sealed class TransferProgressTests
{
    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(512, "512 B")]
    [InlineData(999, "999 B")]
    [InlineData(1000, "1.0 KiB")]
    [InlineData(1536, "1.5 KiB")]
    [InlineData(102400, "100 KiB")]
    [InlineData(1073741824, "1.0 GiB")]
    [InlineData(1.2e10, "11.2 GiB")]
    public void Sizes_are_short(double bytes, string expected) => Assert.Equal(expected, HumanSize.Format(bytes));

    [Fact]
    public void Transfers_add_up_and_what_ended_stays_counted()
    {
        var progress = new TransferProgress();
        Assert.Null(progress.Sample());
        Assert.Null(progress.Summary);
        var first = progress.Begin();
        var second = progress.Begin();
        first.TotalBytes = 100;
        first.Add(100);
        first.Streams = 2;
        Assert.Null(progress.Sample()!.Value.TotalBytes);
        Assert.Equal(-1, progress.Sample()!.Value.Percent);
        second.TotalBytes = 300;
        second.Streams = 1;
        second.Add(50);
        progress.End(first);
        progress.End(first);
        var sample = progress.Sample()!.Value;
        Assert.Equal((150L, 400L, 1), (sample.Bytes, sample.TotalBytes, sample.Streams));
        Assert.Equal(37, sample.Percent);
        Assert.Equal("150 B of 400 B · 2.0 KiB/s · 1 stream", sample.Describe(2048));
        progress.End(second);
        Assert.StartsWith("Read 150 B in ", progress.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_came_twice_never_make_more_than_a_hundred_percent() =>
        Assert.Equal(100, new TransferSample(TimeSpan.Zero, 250, 200, 1).Percent);
}
