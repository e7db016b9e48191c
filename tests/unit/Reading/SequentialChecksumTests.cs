using Xunit;
using ZonalStorage.Memory;
using ZonalStorage.Reading;

namespace ZonalStorage.Tests.Reading;

public sealed class SequentialChecksumTests
{
    private static readonly byte[] _bytes = [.. Enumerable.Range(0, 100).Select(static i => (byte)i)];

    [Theory]
    [InlineData(0, 100)]
    [InlineData(0, 50, 50, 100)]
    [InlineData(0, 50, 0, 30, 40, 80, 70, 75, 80, 100)]
    [InlineData(90, 100, 0, 50, 60, 70, 50, 100)]
    public void However_all_bytes_pass_in_order_a_mismatch_is_found(params int[] steps)
    {
        Run(Info(Crc32C.Compute(_bytes)), steps);
        var error = Assert.Throws<ZonalException>(() => Run(Info(1), steps));
        Assert.Equal("ChecksumMismatch", error.ErrorId);
    }

    [Theory]
    [InlineData(0, 99)]
    [InlineData(1, 100)]
    [InlineData(0, 50, 51, 100)]
    [InlineData(50, 100, 0, 50)]
    public void Bytes_that_did_not_pass_say_nothing_about_the_whole(params int[] steps) => Run(Info(1), steps);

    [Fact]
    public void An_unfinalized_object_and_one_without_checksum_are_not_compared()
    {
        Run(Info(1) with { IsFinalized = false }, [0, 100]);
        Run(Info(null), [0, 100]);
    }

    [Fact]
    public void The_last_bytes_of_a_damaged_object_stay_undelivered()
    {
        var checksum = new SequentialChecksum(Info(1));
        for (var i = 0; i < 3; i++)
            Assert.Throws<ZonalException>(() => checksum.Add(0, _bytes, Crc32C.Compute(_bytes)));
    }

    private static void Run(ZonalObjectInfo info, int[] steps)
    {
        var checksum = new SequentialChecksum(info);
        for (var i = 0; i < steps.Length; i += 2)
        {
            var bytes = _bytes.AsSpan(steps[i]..steps[i + 1]);
            checksum.Add(steps[i], bytes, Crc32C.Compute(bytes));
        }
    }

    private static ZonalObjectInfo Info(uint? crc) =>
        new() { Bucket = "b", Name = "o", Size = _bytes.Length, IsFinalized = true, Crc32C = crc };
}
