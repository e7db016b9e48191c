using FsCheck;
using FsCheck.Fluent;
using Xunit;
using ZonalStorage.Memory;

namespace ZonalStorage.Tests.Memory;

public sealed class Crc32CTests
{
    private const uint Start = 0x1234_5678;

    // Whatever this processor has, and the lanes as they run where an instruction is missing.
    private static readonly Dictionary<string, Crc32CMethod> _methods =
        Crc32CMethod.All.Append(new Crc32CLanes<EmulatedInstructions>()).ToDictionary(static m => m.GetType().ToString());

    // RFC 3720, B.4, and the check value of the CRC catalogue.
    private static readonly (byte[] Bytes, uint Crc)[] _vectors =
    [
        (new byte[32], 0x8A9136AA),
        (Enumerable.Repeat((byte)0xFF, 32).ToArray(), 0x62A8AB43),
        (Enumerable.Range(0, 32).Select(static i => (byte)i).ToArray(), 0x46DD794E),
        (Enumerable.Range(0, 32).Select(static i => (byte)(31 - i)).ToArray(), 0x113FDB5C),
        ("123456789"u8.ToArray(), 0xE3069283),
        ([], 0),
    ];

    public static TheoryData<string> Methods => [.. _methods.Keys];

    [Theory]
    [MemberData(nameof(Methods))]
    public void Known_values_come_out(string method)
    {
        foreach (var (bytes, crc) in _vectors)
        {
            Assert.Equal(crc, Crc32C.Append(_methods[method], 0, bytes));
            Assert.Equal(crc, Reference(0, bytes));
            Assert.Equal(crc, Crc32C.Compute(bytes));
        }
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Every_short_length_is_right_at_every_alignment_of_a_word(string method)
    {
        for (var length = 0; length < 1100; length++)
            CheckAll(_methods[method], length, sourceShift: length % 8, destinationShift: length / 8 % 8);
    }

    // Around the borders of lanes (a third of whole cache lines, at most 8192 bytes), of blocks of vectors, and of pages.
    public static TheoryData<int> Borders =>
        [1536, 4096, 12_288, 24_576, 24_576 + 192, 24_576 + 256, 2 * 24_576, 65_536, 2 << 20];

    [Theory]
    [MemberData(nameof(Borders))]
    public void Lengths_around_every_border_are_right(int border)
    {
        foreach (var method in _methods.Values)
        {
            foreach (var beyond in new[] { -25, -8, -1, 0, 1, 7, 24, 63, 64, 65 })
            {
                CheckAll(method, border + beyond, sourceShift: 0, destinationShift: 0);
                CheckAll(method, border + beyond, sourceShift: 45, destinationShift: 3);
            }
        }
    }

    [Fact]
    public void Past_the_cache_every_alignment_of_a_cache_line_is_right()
    {
        foreach (var method in _methods.Values)
        {
            for (var shift = 0; shift < 64; shift++)
            {
                CheckAll(method, length: 1000 + shift, sourceShift: 63 - shift, destinationShift: shift);
                CheckAll(method, length: 100 + shift, sourceShift: 7, destinationShift: shift);
            }
        }
    }

    [Fact]
    public void Cut_anywhere_and_computed_in_any_way_it_is_the_same() => Prop.ForAll<int>(seed =>
    {
        var random = new Random(seed);
        var bytes = new byte[random.Next(random.Next(2) == 0 ? 100 : 100_000)];
        random.NextBytes(bytes);
        var methods = _methods.Values.ToArray();
        var whole = Crc32C.Append(methods[random.Next(methods.Length)], Start, bytes);
        uint appended = Start, combined = Start;
        for (var at = 0; at < bytes.Length;)
        {
            var piece = bytes.AsSpan(at, random.Next(bytes.Length - at) + 1);
            var method = methods[random.Next(methods.Length)];
            appended = Crc32C.Append(method, appended, piece);
            combined = Crc32C.Combine(combined, Crc32C.Append(method, 0, piece), piece.Length);
            at += piece.Length;
        }

        return appended == whole && combined == whole;
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
    public void Zeros_of_terabytes_are_the_same_by_every_way()
    {
        // By doubling from one byte to 4 TiB and 1 TiB, the sum 5 TiB, the largest object; then one more in front or behind.
        var zeros = Crc32C.Compute([0]);
        uint oneTerabyte = 0;
        for (long length = 1; length < 4L << 40; length *= 2)
        {
            if (length == 1L << 40) oneTerabyte = zeros;
            zeros = Crc32C.Combine(zeros, zeros, length);
        }

        var sum = Crc32C.Combine(zeros, oneTerabyte, 1L << 40);
        Assert.Equal(sum, Crc32C.Combine(oneTerabyte, zeros, 4L << 40));
        var one = Crc32C.Compute([0]);
        Assert.Equal(Crc32C.Combine(one, sum, 5L << 40), Crc32C.Combine(sum, one, 1));
    }

    [Fact]
    public void Zeros_come_round_after_the_order_of_x()
    {
        // The polynomial is x + 1 times a primitive one of degree 31: x to the power of 2^31 - 1 is 1, so that many bits of
        // zeros, or bytes, or any multiple, change nothing.
        foreach (var turns in new[] { 1L, 2, 3, 1000, 1L << 31, (1L << 32) - 1 })
            Assert.Equal(0xCAFE_F00D ^ 0x1111u, Crc32C.Combine(0xCAFE_F00D, 0x1111, turns * int.MaxValue));
        Assert.NotEqual(0xCAFE_F00D, Crc32C.Combine(0xCAFE_F00D, 0, int.MaxValue - 1));
    }

    [Fact]
    public void Combining_is_associative_over_terabytes() => Prop.ForAll<uint, uint, uint>((a, b, c) =>
    {
        const long Second = (5L << 40) - 12_345;
        const long Third = (3L << 40) + 77;
        return Crc32C.Combine(Crc32C.Combine(a, b, Second), c, Third)
            == Crc32C.Combine(a, Crc32C.Combine(b, c, Third), Second + Third);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_software_multiplication_is_the_processors() => Prop.ForAll<uint, uint>((a, b) =>
        !X86Crc32CInstructions.IsSupported
        || X86Crc32CInstructions.Multiply(a, b) == Crc32CAlgebra.MultiplyWithoutCarries(a, b))
        .QuickCheckThrowOnFailure();

    [Fact]
    public void A_short_destination_and_a_negative_length_are_refused()
    {
        Assert.Throws<ArgumentException>(() => Crc32C.CopyAndAppend(0, new byte[10], new byte[9]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Crc32C.Combine(1, 2, -1));
    }

    /// <summary>Checks, copies and copies past the cache, and looks at what lies around the copy.</summary>
    private static void CheckAll(Crc32CMethod method, int length, int sourceShift, int destinationShift)
    {
        const int Guard = 128;
        var source = GC.AllocateUninitializedArray<byte>(length + 64, pinned: true);
        new Random(length).NextBytes(source);
        var bytes = source.AsSpan(sourceShift, length);
        var expected = length < 5000 ? Reference(Start, bytes) : Crc32C.Append(Crc32CMethod.All[^1], Start, bytes);
        var what = $"{method}: length {length}, shifts {sourceShift} and {destinationShift}";
        Assert.True(expected == Crc32C.Append(method, Start, bytes), what);
        foreach (var isStreaming in new[] { false, true })
        {
            var destination = GC.AllocateArray<byte>(length + 2 * Guard, pinned: true);
            // Counted from a cache line's beginning.
            var at = 64 - AlignmentOf(destination) + destinationShift;
            var crc = Crc32C.CopyAndAppend(method, Start, bytes, destination.AsSpan(at), isStreaming);
            Assert.True(expected == crc, $"copying {isStreaming}, {what}");
            Assert.True(destination.AsSpan(at, length).SequenceEqual(bytes), $"copied wrong {isStreaming}, {what}");
            Assert.Equal(-1, destination.AsSpan(0, at).IndexOfAnyExcept((byte)0));
            Assert.Equal(-1, destination.AsSpan(at + length).IndexOfAnyExcept((byte)0));
        }
    }

    private static unsafe int AlignmentOf(byte[] pinned)
    {
        fixed (byte* address = pinned) return (int)((nint)address & 63);
    }

    // Bit by bit, from the definition.
    private static uint Reference(uint crc, ReadOnlySpan<byte> bytes)
    {
        crc = ~crc;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ ((crc & 1) * 0x82F63B78);
        }

        return ~crc;
    }

    private readonly struct EmulatedInstructions : ICrc32CInstructions
    {
        public static ulong Step(ulong state, ulong word) => Crc32CSoftware.Step((uint)state, word);

        public static uint Step(uint state, byte value) => Crc32CSoftware.Step(state, value);

        public static ulong Multiply(uint a, uint b) => Crc32CAlgebra.MultiplyWithoutCarries(a, b);
    }
}
