using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Xunit;
using ZonalStorage.Transport.Hpack;

namespace ZonalStorage.Tests.Transport.Hpack;

public sealed class HpackDecoderTests
{
    private const int TableSize = 4096;

    public static TheoryData<string, int, string[], string[]> Examples => RfcExamples.All;

    [Theory]
    [MemberData(nameof(Examples))]
    public void The_examples_of_the_RFC_decode(string name, int tableSize, string[] blocks, string[] expected)
    {
        var decoder = new HpackDecoder(maximumTableSize: tableSize);
        for (var i = 0; i < blocks.Length; i++)
            Assert.True(expected[i] == Decode(decoder, blocks[i]).ToString(), $"{name}, block {i}");
    }

    [Fact]
    public void Whatever_way_a_peer_encodes_the_same_fields_come_out() => Prop.ForAll<int>(seed =>
    {
        var random = new Random(seed);
        var limit = random.Next(3) switch { 0 => 0, 1 => random.Next(300), _ => TableSize };
        var encoder = new ReferenceEncoder(random, limit);
        var decoder = new HpackDecoder(maximumTableSize: limit);
        for (var i = 0; i < 40; i++)
        {
            if (random.Next(10) == 0)
            {
                limit = random.Next(2) == 0 ? 0 : random.Next(TableSize);
                decoder.SetMaximumTableSize(limit);
                encoder.SetTableLimit(limit);
            }

            var expected = RandomFields(random);
            var fields = new Fields();
            decoder.Decode(encoder.Encode(expected), fields);
            if (!fields.List.SequenceEqual(expected, FieldComparer.Instance)) return false;
        }

        return true;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Whatever_comes_it_decodes_within_its_limit_or_refuses() => Prop.ForAll<byte[], NonNegativeInt>((bytes, size) =>
    {
        var limit = size.Get % 500;
        return IsDecodedOrRefused(bytes, limit, new HpackDecoder(limit));
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));

    [Fact]
    public void Damaged_blocks_decode_within_the_limit_or_are_refused() => Prop.ForAll<int>(seed =>
    {
        // Nearer to the real thing than random bytes: they reach the table, the Huffman decoder and the ends of strings.
        const int Limit = 2000;
        var random = new Random(seed);
        var encoder = new ReferenceEncoder(random, TableSize);
        var decoder = new HpackDecoder(Limit);
        for (var i = 0; i < 20; i++)
        {
            var block = encoder.Encode(RandomFields(random));
            if (block.Length == 0) continue;
            for (var damage = random.Next(4); damage > 0; damage--) block[random.Next(block.Length)] = (byte)random.Next(256);
            if (random.Next(4) == 0) block = block[..random.Next(block.Length)];
            if (!IsDecodedOrRefused(block, Limit, decoder)) return false;
        }

        return true;
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));

    [Theory]
    [InlineData("80", "in no table", "field 0")]
    [InlineData("be", "in no table", "the first dynamic field while there is none")]
    [InlineData("ff00", "in no table", "field 127")]
    [InlineData("7f0001 61", "in no table", "a name of field 63")]
    [InlineData("ff80808080808001", "number that is too large", "an index without end")]
    [InlineData("ffffffffff7f", "number that is too large", "an index of 35 bits")]
    [InlineData("ff", "ends within a number", "an index that is cut")]
    [InlineData("ff8080", "ends within a number", "an index that is cut further on")]
    [InlineData("40", "ends within a field", "a name that is missing")]
    [InlineData("4003616263", "ends within a field", "a value that is missing")]
    [InlineData("01", "ends within a field", "a value that is missing behind an indexed name")]
    [InlineData("407f", "ends within a number", "a length that is cut")]
    [InlineData("4005616263", "longer than its block", "a name that is cut")]
    [InlineData("4001610561", "longer than its block", "a value that is cut")]
    [InlineData("3fe21f", "over the 4096", "a table of 4097 bytes")]
    [InlineData("8220", "behind a field", "a size update behind an indexed field")]
    [InlineData("0001610162 20", "behind a field", "a size update behind a literal")]
    [InlineData("0081ff00", "Huffman", "a name that is padding alone")]
    public void Malformed_blocks_are_refused(string hex, string message, string why)
    {
        var failure = Record.Exception(() => Decode(new HpackDecoder(), hex));
        Assert.True(failure is HpackException, $"{why}: {failure}");
        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Size_updates_at_the_start_count_and_the_last_one_stays()
    {
        var decoder = new HpackDecoder();
        Decode(decoder, "4001610162");
        Assert.Equal("a: b", Decode(decoder, "be").ToString());
        // To nothing and back to 4096: the field is gone.
        Decode(decoder, "20 3fe11f");
        Assert.Throws<HpackException>(() => Decode(decoder, "be"));
        Decode(decoder, "4001610163");
        Assert.Equal("a: c", Decode(decoder, "be").ToString());
    }

    [Fact]
    public void When_the_peer_agreed_to_no_table_none_is_kept()
    {
        var decoder = new HpackDecoder();
        Decode(decoder, "4001610162");
        decoder.SetMaximumTableSize(0);
        Assert.Throws<HpackException>(() => Decode(decoder, "be"));
        // With indexing it may still say; there is just nothing left of it.
        Assert.Equal("a: b", Decode(decoder, "20 4001610162").ToString());
        Assert.Throws<HpackException>(() => Decode(decoder, "be"));
        Assert.Throws<HpackException>(() => Decode(decoder, "21"));
    }

    [Fact]
    public void A_field_larger_than_the_table_empties_it()
    {
        var decoder = new HpackDecoder(maximumTableSize: 40);
        Decode(decoder, "4001610162");
        Assert.Equal("a: b", Decode(decoder, "be").ToString());
        Decode(decoder, "400161 09 626262626262626262");
        Assert.Throws<HpackException>(() => Decode(decoder, "be"));
    }

    [Fact]
    public void A_name_is_taken_from_the_very_field_that_has_to_go_for_it()
    {
        var decoder = new HpackDecoder(maximumTableSize: 40);
        var expected = "abc: 0";
        Decode(decoder, "4003616263 0130");
        for (var i = 1; i < 100; i++)
        {
            Assert.Equal(expected, Decode(decoder, "be").ToString());
            expected = $"abc: {i:d2}";
            Assert.Equal(expected, Decode(decoder, "7e02" + Convert.ToHexString(Encoding.ASCII.GetBytes($"{i:d2}"))).ToString());
        }
    }

    [Fact]
    public void A_list_over_the_limit_is_refused_although_its_block_is_small()
    {
        // A field of 4000 bytes into the table, then a byte for each of its repetitions.
        List<byte> block = [0x40, 1, (byte)'a'];
        ReferenceEncoder.WriteInteger(block, 0, 7, 3967);
        block.AddRange(new byte[3967]);
        for (var i = 0; i < 100; i++) block.Add(0xBE);
        var fields = new Fields();
        var failure = Assert.Throws<HpackException>(() => new HpackDecoder().Decode([.. block], fields));
        Assert.Contains("65536 bytes", failure.Message, StringComparison.Ordinal);
        Assert.Equal(16 * 4000, fields.Weight);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_list_of_exactly_the_limit_is_borne(bool isHuffman)
    {
        var value = Enumerable.Repeat((byte)'0', 67).ToArray();
        var encoded = isHuffman ? HuffmanCode.Encode(value) : value;
        byte[] block = [0, 1, (byte)'a', (byte)((isHuffman ? 0x80 : 0) | encoded.Length), .. encoded];
        new HpackDecoder(maxHeaderListSize: 100).Decode(block, new Fields());
        Assert.Throws<HpackException>(() => new HpackDecoder(maxHeaderListSize: 99).Decode(block, new Fields()));
    }

    [Fact]
    public void Decoding_allocates_nothing_once_warm()
    {
        var random = new Random(5);
        var encoder = new ReferenceEncoder(random, TableSize);
        var decoder = new HpackDecoder();
        var blocks = Enumerable.Range(0, 1000).Select(_ => encoder.Encode(RandomFields(random))).ToArray();
        Assert.True(encoder.TableCount > 5);
        for (var i = 0; i < 500; i++) decoder.Decode(blocks[i], NoFields.Instance);
        // A collection that another test causes counts as the rest of this thread's 8 KiB: some stretch goes without.
        var allocated = new long[5];
        for (var i = 500; i < 1000; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            decoder.Decode(blocks[i], NoFields.Instance);
            allocated[i % 5] += GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Assert.Contains(0, allocated);
    }

    private static Fields Decode(HpackDecoder decoder, string hex)
    {
        var fields = new Fields();
        decoder.Decode(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)), fields);
        return fields;
    }

    private static bool IsDecodedOrRefused(byte[] block, int limit, HpackDecoder decoder)
    {
        var fields = new Fields();
        try
        {
            decoder.Decode(block, fields);
        }
        catch (HpackException)
        {
            // The only way out that there may be.
        }

        return fields.Weight <= limit;
    }

    // Few names and values, so that fields repeat; sometimes any bytes at all.
    private static (byte[] Name, byte[] Value)[] RandomFields(Random random)
    {
        string[] names = ["grpc-status", "content-type", ":status", "x", "accept-encoding", "x-goog-request-id"];
        string[] values = ["", "0", "200", "application/grpc", "gzip, deflate", new string('z', 300)];
        var fields = new (byte[], byte[])[random.Next(12)];
        for (var i = 0; i < fields.Length; i++)
            fields[i] = (Text(names), Text(values));
        return fields;

        byte[] Text(string[] choices)
        {
            if (random.Next(5) != 0) return Encoding.ASCII.GetBytes(choices[random.Next(choices.Length)]);
            var bytes = new byte[random.Next(random.Next(2) == 0 ? 10 : 200)];
            random.NextBytes(bytes);
            return bytes;
        }
    }

    private sealed class NoFields : IHeaderSink
    {
        public static NoFields Instance { get; } = new();

        public void OnHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
        {
            // Only the decoder is looked at.
        }
    }

    private sealed class FieldComparer : IEqualityComparer<(byte[] Name, byte[] Value)>
    {
        public static FieldComparer Instance { get; } = new();

        public bool Equals((byte[] Name, byte[] Value) x, (byte[] Name, byte[] Value) y) =>
            x.Name.AsSpan().SequenceEqual(y.Name) && x.Value.AsSpan().SequenceEqual(y.Value);

        public int GetHashCode((byte[] Name, byte[] Value) field) => HashCode.Combine(field.Name.Length, field.Value.Length);
    }
}
