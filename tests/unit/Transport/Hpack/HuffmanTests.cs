using FsCheck;
using FsCheck.Fluent;
using Xunit;
using ZonalStorage.Transport.Hpack;

namespace ZonalStorage.Tests.Transport.Hpack;

public sealed class HuffmanTests
{
    [Fact]
    public void Every_symbol_decodes_alone_and_before_and_behind_every_other()
    {
        Span<byte> decoded = stackalloc byte[8];
        for (var a = 0; a < 256; a++)
        {
            Assert.Equal(1, Huffman.Decode(HuffmanCode.Encode([a]), decoded));
            Assert.Equal(a, decoded[0]);
            for (var b = 0; b < 256; b++)
            {
                Assert.Equal(3, Huffman.Decode(HuffmanCode.Encode([a, b, a]), decoded));
                if (decoded[0] != a || decoded[1] != b || decoded[2] != a) Assert.Fail($"{a} {b} {a}");
            }
        }
    }

    [Fact]
    public void Any_string_comes_back() => Prop.ForAll<byte[]>(text =>
    {
        var encoded = HuffmanCode.Encode(text);
        var decoded = new byte[text.Length];
        return text.Length <= Huffman.MaximumDecodedLength(encoded.Length)
            && Huffman.Decode(encoded, decoded) == text.Length
            && decoded.AsSpan().SequenceEqual(text);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Any_bytes_decode_to_what_encodes_to_them_or_are_refused() => Prop.ForAll<byte[]>(bytes =>
    {
        var decoded = new byte[Huffman.MaximumDecodedLength(bytes.Length)];
        try
        {
            var length = Huffman.Decode(bytes, decoded);
            return HuffmanCode.Encode(decoded[..length]).AsSpan().SequenceEqual(bytes);
        }
        catch (HpackException)
        {
            return true;
        }
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));

    [Fact]
    public void The_end_of_string_symbol_is_refused_wherever_it_stands()
    {
        for (var symbol = 0; symbol < 256; symbol++)
        {
            int[][] strings =
            [
                [HuffmanCode.EndOfString], [symbol, HuffmanCode.EndOfString],
                [symbol, HuffmanCode.EndOfString, symbol], [symbol, symbol, symbol, HuffmanCode.EndOfString],
            ];
            foreach (var text in strings)
                Assert.Throws<HpackException>(() => Huffman.Decode(HuffmanCode.Encode(text), new byte[64]));
        }
    }

    [Theory]
    [InlineData("ff", "eight ones")]
    [InlineData("1fff", "'a' (00011), eleven ones")]
    [InlineData("18", "'a', padding of zeros")]
    [InlineData("1e", "'a', padding that ends with a zero")]
    [InlineData("1b", "'a', padding that begins with a zero")]
    [InlineData("fe", "the beginning of a longer code")]
    [InlineData("fffffffe", "thirty ones and a zero behind them")]
    public void Wrong_padding_is_refused(string hex, string why)
    {
        var failure = Record.Exception(() => Huffman.Decode(Convert.FromHexString(hex), new byte[16]));
        Assert.True(failure is HpackException, why);
    }

    [Fact]
    public void Padding_of_none_to_seven_ones_is_right()
    {
        // 'a' has five bits: one to eight of them leave 3, 6, 1, 4, 7, 2, 5 and 0 bits over.
        for (var count = 0; count <= 8; count++)
            Assert.Equal(count, Huffman.Decode(HuffmanCode.Encode(Enumerable.Repeat((int)'a', count)), new byte[8]));
    }

    [Fact]
    public void A_destination_that_is_too_short_is_told_and_not_overrun()
    {
        var text = "www.example.com"u8.ToArray();
        var encoded = HuffmanCode.Encode(text);
        for (var room = 0; room < text.Length; room++)
        {
            var destination = new byte[room];
            Assert.Equal(-1, Huffman.Decode(encoded, destination));
            Assert.Equal(text[..room], destination);
        }
    }
}
