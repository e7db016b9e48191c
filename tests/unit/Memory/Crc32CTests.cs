using FsCheck;
using FsCheck.Fluent;
using Xunit;
using ZonalStorage.Memory;

namespace ZonalStorage.Tests.Memory;

public sealed class Crc32CTests
{
    // RFC 3720, B.4, and the check value of the CRC catalogue.
    public static TheoryData<byte[], uint> Vectors => new()
    {
        { new byte[32], 0x8A9136AA },
        { Enumerable.Repeat((byte)0xFF, 32).ToArray(), 0x62A8AB43 },
        { Enumerable.Range(0, 32).Select(static i => (byte)i).ToArray(), 0x46DD794E },
        { Enumerable.Range(0, 32).Select(static i => (byte)(31 - i)).ToArray(), 0x113FDB5C },
        { "123456789"u8.ToArray(), 0xE3069283 },
        { [], 0 },
    };

    [Theory]
    [MemberData(nameof(Vectors))]
    public void Known_values_come_out(byte[] bytes, uint expected)
    {
        Assert.Equal(expected, Crc32C.Compute(bytes));
        Assert.Equal(expected, Crc32CSoftware.Append(0, bytes));
    }

    // Around the borders of the long blocks (3 × 4096) and the short ones (3 × 256), and of words.
    public static TheoryData<int> Lengths => [1, 7, 8, 9, 63, 64, 767, 768, 769, 4096, 12287, 12288, 12289, 13056, 24576, 65537, 2097152];

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Every_way_of_computing_agrees(int length)
    {
        var source = new byte[length + 64];
        new Random(length).NextBytes(source);
        for (var shift = 0; shift < 17; shift += 3)
        {
            var bytes = source.AsSpan(shift, length);
            var expected = Crc32CSoftware.Append(0x1234_5678, bytes);
            Assert.Equal(expected, Crc32C.Append(0x1234_5678, bytes));
            foreach (var isStreaming in new[] { false, true })
            {
                var destination = new byte[length + 96];
                var place = destination.AsSpan(31 - shift, length);
                Assert.Equal(expected, Crc32C.CopyAndAppend(0x1234_5678, bytes, place, isStreaming));
                Assert.True(place.SequenceEqual(bytes), $"copied wrong: length {length}, shift {shift}");
                Assert.Equal(-1, destination.AsSpan(0, 31 - shift).IndexOfAnyExcept((byte)0));
                Assert.Equal(-1, destination.AsSpan(31 - shift + length).IndexOfAnyExcept((byte)0));
            }
        }
    }

    [Fact]
    public void Cut_anywhere_it_is_the_same() => Prop.ForAll<byte[], int>((bytes, at) =>
    {
        var cut = bytes.Length == 0 ? 0 : (int)((uint)at % (bytes.Length + 1));
        var first = Crc32C.Compute(bytes.AsSpan(0, cut));
        var whole = Crc32C.Compute(bytes);
        return Crc32C.Append(first, bytes.AsSpan(cut)) == whole
            && Crc32C.Combine(first, Crc32C.Compute(bytes.AsSpan(cut)), bytes.Length - cut) == whole;
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2 << 20)]
    [InlineData(5_000_001)]
    public void Combining_is_as_appending(int secondLength)
    {
        var second = new byte[secondLength];
        new Random(7).NextBytes(second);
        Assert.Equal(
            Crc32C.Append(0xCAFE_F00D, second), Crc32C.Combine(0xCAFE_F00D, Crc32C.Compute(second), secondLength));
    }

    [Fact]
    public void Combining_is_associative_over_terabytes()
    {
        const long Length = 5L << 40;
        var a = Crc32C.Combine(Crc32C.Combine(1, 2, Length), 3, Length - 1);
        var b = Crc32C.Combine(1, Crc32C.Combine(2, 3, Length - 1), (2 * Length) - 1);
        Assert.Equal(a, b);
    }

    [Fact]
    public void A_short_destination_is_refused() =>
        Assert.Throws<ArgumentException>(() => Crc32C.CopyAndAppend(0, new byte[10], new byte[9]));
}
