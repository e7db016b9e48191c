using ZonalStorage.TestSupport;

namespace ZonalStorage.Conformance.Hosts;

/// <summary>Assertions about synthetic content.</summary>
public static class Content
{
    /// <summary>A bound for every test: a read that hangs is a failure of its own, not of the run.</summary>
    public const int Patience = 60_000;

    public static void IsRight(long offset, long length, ReadOnlySpan<byte> data)
    {
        Assert.Equal(length, data.Length);
        var difference = SplitMixContent.FirstDifference(offset, data);
        Assert.True(difference < 0, $"Byte {offset + difference} is wrong (range from {offset}, {length} bytes).");
    }

    /// <summary>
    /// A result of a vector read holds what its range stands for in an object of <paramref name="size"/> bytes.
    /// </summary>
    public static void IsRight(long size, ZonalRangeResult result)
    {
        Assert.True(result.Error is null, $"{result.Range}: {result.Error}");
        var (offset, length) = result.Range.Resolve(size);
        Assert.Equal(offset, result.Offset);
        Assert.Equal(result.Range.Length > length, result.IsTruncated);
        IsRight(offset, length, result.Data);
    }
}
