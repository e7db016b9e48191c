using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Xunit;
using ZonalStorage.Transport.Hpack;

namespace ZonalStorage.Tests.Transport;

public sealed class HpackTests
{
    // RFC 7541, Appendix C.3, C.4, C.5 and C.6: blocks of one connection each, and the fields that they stand for.
    public static TheoryData<string, int, string[], string[]> Examples => new()
    {
        {
            "requests without Huffman (C.3)", 4096,
            [
                "828684410f7777772e6578616d706c652e636f6d", "828684be58086e6f2d6361636865",
                "828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565",
            ],
            [
                ":method=GET;:scheme=http;:path=/;:authority=www.example.com",
                ":method=GET;:scheme=http;:path=/;:authority=www.example.com;cache-control=no-cache",
                ":method=GET;:scheme=https;:path=/index.html;:authority=www.example.com;custom-key=custom-value",
            ]
        },
        {
            "requests with Huffman (C.4)", 4096,
            [
                "828684418cf1e3c2e5f23a6ba0ab90f4ff", "828684be5886a8eb10649cbf",
                "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf",
            ],
            [
                ":method=GET;:scheme=http;:path=/;:authority=www.example.com",
                ":method=GET;:scheme=http;:path=/;:authority=www.example.com;cache-control=no-cache",
                ":method=GET;:scheme=https;:path=/index.html;:authority=www.example.com;custom-key=custom-value",
            ]
        },
        {
            "responses with Huffman and eviction (C.6)", 256,
            [
                "488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3",
                "4883640effc1c0bf",
                "88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007",
            ],
            [
                ":status=302;cache-control=private;date=Mon, 21 Oct 2013 20:13:21 GMT;location=https://www.example.com",
                ":status=307;cache-control=private;date=Mon, 21 Oct 2013 20:13:21 GMT;location=https://www.example.com",
                ":status=200;cache-control=private;date=Mon, 21 Oct 2013 20:13:22 GMT;location=https://www.example.com;"
                + "content-encoding=gzip;set-cookie=foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1",
            ]
        },
    };

    [Theory]
    [MemberData(nameof(Examples))]
    public void The_examples_of_the_RFC_decode(string name, int tableSize, string[] blocks, string[] expected)
    {
        var decoder = new HpackDecoder(maximumTableSize: tableSize);
        for (var i = 0; i < blocks.Length; i++)
        {
            var fields = new Fields();
            decoder.Decode(Convert.FromHexString(blocks[i]), fields);
            Assert.True(expected[i] == fields.ToString(), $"{name}, block {i}: {fields}");
        }
    }

    [Fact]
    public void Every_symbol_has_its_own_code_and_decodes_to_itself()
    {
        for (var symbol = 0; symbol < 256; symbol++)
        {
            var encoded = HuffmanEncode([(byte)symbol, (byte)(255 - symbol), (byte)symbol]);
            var decoded = new byte[Huffman.MaximumDecodedLength(encoded.Length)];
            var length = Huffman.Decode(encoded, decoded);
            Assert.Equal([(byte)symbol, (byte)(255 - symbol), (byte)symbol], decoded.AsSpan(0, length).ToArray());
        }
    }

    [Theory]
    [InlineData("ff", "padding of a whole byte")]
    [InlineData("ffffffff", "the end-of-string symbol")]
    [InlineData("18", "padding with zeros")]
    public void Wrong_Huffman_endings_are_refused(string hex, string why) =>
        Assert.Throws<HpackException>(() =>
        {
            Huffman.Decode(Convert.FromHexString(hex), new byte[16]);
            Assert.Fail(why);
        });

    [Theory]
    [InlineData("80", "field 0")]
    [InlineData("ff80808080808001", "an index without end")]
    [InlineData("c0", "a field beyond both tables")]
    [InlineData("4003616263", "a value that is missing")]
    [InlineData("40ff", "a length that is cut")]
    [InlineData("4005616263", "a name that is cut")]
    [InlineData("3fe2ff03", "a table larger than allowed")]
    [InlineData("8220", "a size update behind a field")]
    public void Malformed_blocks_are_refused(string hex, string why)
    {
        var failure = Record.Exception(
            () => new HpackDecoder(maximumTableSize: 4096).Decode(Convert.FromHexString(hex), new Fields()));
        Assert.True(failure is HpackException, $"{why}: {failure}");
    }

    [Fact]
    public void A_list_over_the_limit_is_refused_although_its_block_is_small()
    {
        // One large field in the table, then a byte for each of its many repetitions.
        var block = new ArrayBufferWriter<byte>();
        block.Write<byte>([0x40, 1, (byte)'a', 0x7F, 0x81, 0x16]);
        block.Write(new byte[127 + 0x81 - 0x80 + (0x16 << 7)]);
        for (var i = 0; i < 100; i++) block.Write<byte>([0xBE]);
        Assert.Throws<HpackException>(
            () => new HpackDecoder(maxHeaderListSize: 64 << 10).Decode(block.WrittenSpan, new Fields()));
    }

    [Fact]
    public void Whatever_comes_the_decoder_refuses_or_decodes() => Prop.ForAll<byte[]>(bytes =>
    {
        try
        {
            new HpackDecoder().Decode(bytes, new Fields());
        }
        catch (HpackException)
        {
            // The only way out that there may be.
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void What_the_encoder_writes_the_decoder_reads() => Prop.ForAll<NonEmptyString, string>((name, value) =>
    {
        var block = new ArrayBufferWriter<byte>();
        value ??= "";
        HpackEncoder.WriteMethodPost(block);
        HpackEncoder.WriteScheme(block, "https");
        HpackEncoder.WritePath(block, value);
        HpackEncoder.Write(block, name.Get, value);
        HpackEncoder.WriteAuthorization(block, value);
        var fields = new Fields();
        new HpackDecoder(maximumTableSize: 0).Decode(block.WrittenSpan, fields);
        var text = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(value));
        var key = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(name.Get));
        return fields.ToString() == $":method=POST;:scheme=https;:path={text};{key}={text};authorization={text}";
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_dynamic_table_follows_a_peer_that_uses_it_at_random() =>
        Prop.ForAll(ArbMap.Default.GeneratorFor<byte>().ArrayOf(200).ToArbitrary(), script =>
        {
            var encoder = new TableUsingEncoder(256);
            var decoder = new HpackDecoder(maximumTableSize: 256);
            foreach (var part in script.Chunk(10))
            {
                var (block, expected) = encoder.Encode(part);
                var fields = new Fields();
                decoder.Decode(block, fields);
                if (fields.ToString() != expected) return false;
            }

            return true;
        }).QuickCheckThrowOnFailure();

    internal static byte[] HuffmanEncode(ReadOnlySpan<byte> text)
    {
        var bits = new List<bool>();
        foreach (var symbol in text)
        {
            var (code, length) = Huffman.Code(symbol);
            for (var bit = length - 1; bit >= 0; bit--) bits.Add(((code >> bit) & 1) != 0);
        }

        while (bits.Count % 8 != 0) bits.Add(true);
        var bytes = new byte[bits.Count / 8];
        for (var i = 0; i < bits.Count; i++) bytes[i / 8] |= (byte)(bits[i] ? 0x80 >> (i % 8) : 0);
        return bytes;
    }

    internal sealed class Fields : IHeaderSink
    {
        private readonly List<string> _fields = [];

        public void OnHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) =>
            _fields.Add($"{Encoding.UTF8.GetString(name)}={Encoding.UTF8.GetString(value)}");

        public override string ToString() => string.Join(';', _fields);
    }

    /// <summary>An encoder that indexes, refers and Huffman-codes as its script says; written from the RFC.</summary>
    private sealed class TableUsingEncoder(int capacity)
    {
        private readonly List<(string Name, string Value)> _table = [];

        public (byte[] Block, string Expected) Encode(byte[] script)
        {
            var block = new List<byte>();
            var expected = new List<string>();
            foreach (var step in script)
            {
                if (step % 3 == 0 && _table.Count > 0)
                {
                    var at = step % _table.Count;
                    block.AddRange(Integer(0x80, 7, 62 + at));
                    expected.Add($"{_table[at].Name}={_table[at].Value}");
                    continue;
                }

                var (name, value) = ($"n{step % 7}", new string((char)('a' + step % 26), step % 90));
                var isIndexed = step % 2 == 0;
                block.AddRange(Integer(isIndexed ? (byte)0x40 : (byte)0x00, isIndexed ? 6 : 4, 0));
                block.AddRange(Text(name, step % 5 == 0));
                block.AddRange(Text(value, step % 4 == 0));
                expected.Add($"{name}={value}");
                if (isIndexed) Add(name, value);
            }

            return ([.. block], string.Join(';', expected));
        }

        private void Add(string name, string value)
        {
            _table.Insert(0, (name, value));
            while (_table.Sum(static f => f.Name.Length + f.Value.Length + 32) > capacity) _table.RemoveAt(_table.Count - 1);
        }

        private static byte[] Text(string text, bool isHuffman)
        {
            var bytes = Encoding.ASCII.GetBytes(text);
            if (isHuffman) bytes = HuffmanEncode(bytes);
            return [.. Integer(isHuffman ? (byte)0x80 : (byte)0, 7, bytes.Length), .. bytes];
        }

        private static byte[] Integer(byte kind, int prefix, int value)
        {
            var mask = (1 << prefix) - 1;
            if (value < mask) return [(byte)(kind | value)];
            var bytes = new List<byte> { (byte)(kind | mask) };
            for (value -= mask; value >= 128; value /= 128) bytes.Add((byte)(value % 128 + 128));
            bytes.Add((byte)value);
            return [.. bytes];
        }
    }
}
