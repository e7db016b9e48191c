using FsCheck;
using FsCheck.Fluent;
using Google.Cloud.Storage.V2;
using Google.Protobuf;
using Xunit;
using ZonalStorage.Memory;
using ZonalStorage.Protocol;
using ZonalStorage.Transport.Grpc;
using Object = Google.Cloud.Storage.V2.Object;

namespace ZonalStorage.Tests.Protocol;

public sealed unsafe class ReadResponseDecoderTests
{
    [Fact]
    public void However_the_bytes_are_cut_the_result_is_the_same() =>
        Prop.ForAll<int, NonNegativeInt>((seed, pieces) =>
        {
            var message = RandomResponse(new Random(seed));
            return Decode(message.ToByteArray(), seed, pieces.Get % 40) == Describe(message);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Whatever_comes_it_decodes_or_is_refused() => Prop.ForAll<byte[], NonNegativeInt>((bytes, pieces) =>
    {
        try
        {
            Decode(bytes, seed: 1, pieces.Get % 10);
        }
        catch (WireFormatException)
        {
            // The only way out that there may be.
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_message_cut_short_is_refused()
    {
        var bytes = RandomResponse(new Random(3)).ToByteArray();
        for (var length = 1; length < Math.Min(bytes.Length, 300); length++)
        {
            var cut = bytes[..length];
            // A cut between two fields leaves a whole, shorter message.
            if (Record.Exception(() => BidiReadObjectResponse.Parser.ParseFrom(cut)) is null) continue;
            Assert.Throws<WireFormatException>(() => Decode(cut, seed: length, pieces: 3));
        }
    }

    [Fact]
    public void An_absent_checksum_differs_from_a_zero_one()
    {
        var message = new BidiReadObjectResponse();
        message.ObjectDataRanges.Add(new ObjectRangeData { ChecksummedData = new ChecksummedData { Crc32C = 0 } });
        message.ObjectDataRanges.Add(new ObjectRangeData { ChecksummedData = new ChecksummedData() });
        Assert.Equal("chunk 0@0 [] crc 0 ; chunk 0@0 [] crc - ; ", Decode(message.ToByteArray(), 1, 1));
    }

    [Theory]
    [InlineData("7B0896017C")]
    [InlineData("7B13147C")]
    [InlineData("7B0A02FFFF7900000000000000007D000000007C")]
    public void An_unknown_group_is_skipped(string group)
    {
        var message = RandomResponse(new Random(4));
        byte[] bytes = [.. Convert.FromHexString(group), .. message.ToByteArray(), .. Convert.FromHexString(group)];
        Assert.Equal(Describe(message), Decode(bytes, seed: 4, pieces: 9));
    }

    [Theory]
    [InlineData("7B")]
    [InlineData("7B0801")]
    [InlineData("7C")]
    [InlineData("7B74")]
    [InlineData("7B137C14")]
    public void A_group_that_does_not_end_as_it_began_is_refused(string bytes) =>
        Assert.Throws<WireFormatException>(() => Decode(Convert.FromHexString(bytes), seed: 1, pieces: 2));

    [Fact]
    public void Groups_are_nested_only_so_deep() => Assert.Throws<WireFormatException>(
        () => Decode([.. Enumerable.Repeat((byte)0x7B, 100_000)], seed: 1, pieces: 2));

    [Theory]
    [InlineData("3204 0A02 0AFF")]
    [InlineData("3203 120108 9001")]
    [InlineData("3206 0A01 0A 8180808008")]
    public void A_length_that_lies_beyond_its_message_is_refused(string bytes) =>
        Assert.Throws<WireFormatException>(() => Decode(Convert.FromHexString(bytes.Replace(" ", "", StringComparison.Ordinal)), seed: 1, pieces: 0));

    private static BidiReadObjectResponse RandomResponse(Random random)
    {
        var message = new BidiReadObjectResponse();
        if (random.Next(3) == 0) message.Metadata = new Object { Name = new string('x', random.Next(300)), Size = 7 };
        if (random.Next(3) == 0) message.ReadHandle = new BidiReadHandle { Handle = Bytes(random, 40) };
        for (var i = random.Next(5); i > 0; i--)
        {
            var data = new ObjectRangeData { RangeEnd = random.Next(2) == 0 };
            if (random.Next(4) > 0)
            {
                data.ChecksummedData = new ChecksummedData { Content = Bytes(random, 5000) };
                if (random.Next(3) > 0) data.ChecksummedData.Crc32C = (uint)random.Next();
            }

            if (random.Next(5) > 0)
                data.ReadRange = new Google.Cloud.Storage.V2.ReadRange { ReadId = random.NextInt64(), ReadOffset = random.NextInt64(), ReadLength = 3 };
            message.ObjectDataRanges.Add(data);
        }

        return message;
    }

    private static ByteString Bytes(Random random, int most)
    {
        var bytes = new byte[random.Next(most)];
        random.NextBytes(bytes);
        return ByteString.CopyFrom(bytes);
    }

    private static string Describe(BidiReadObjectResponse message)
    {
        var text = "";
        if (message.Metadata is not null) text += $"metadata {message.Metadata.CalculateSize()} ; ";
        // Before the chunks, wherever they stand.
        if (message.ReadHandle is not null) text += $"handle {Convert.ToHexString(message.ReadHandle.Handle.Span)} ; ";
        foreach (var data in message.ObjectDataRanges)
        {
            var range = data.ReadRange ?? new Google.Cloud.Storage.V2.ReadRange();
            var sum = data.ChecksummedData;
            text += Chunk(
                range.ReadId, range.ReadOffset, sum?.Content.ToByteArray() ?? [], sum is { HasCrc32C: true } ? sum.Crc32C : null,
                data.RangeEnd);
        }

        return text;
    }

    private static string Chunk(long id, long offset, byte[] content, uint? crc, bool isEnd) =>
        $"chunk {id}@{offset} [{(content.Length == 0 ? "" : $"{content.Length}:{Crc32C.Compute(content):x}")}] crc {crc?.ToString() ?? "-"} {(isEnd ? "end " : "")}; ";

    /// <summary>Decodes bytes that lie in as many pieces as asked, of random lengths.</summary>
    private static string Decode(byte[] bytes, int seed, int pieces)
    {
        var random = new Random(seed);
        var cuts = Enumerable.Range(0, pieces).Select(_ => random.Next(bytes.Length + 1)).Append(0).Append(bytes.Length)
            .Distinct().Order().ToArray();
        fixed (byte* start = bytes)
        {
            var fragments = new Fragment[cuts.Length - 1];
            for (var i = 0; i < fragments.Length; i++) fragments[i] = new Fragment(start + cuts[i], cuts[i + 1] - cuts[i]);
            var sink = new Recorder();
            ReadResponseDecoder.Decode(new GrpcMessage(fragments, bytes.Length), sink);
            return sink.Text;
        }
    }

    private sealed class Recorder : IReadResponseSink
    {
        public string Text { get; private set; } = "";

        public void OnMetadata(byte[] metadata) => Text += $"metadata {metadata.Length} ; ";

        public void OnReadHandle(byte[] handle) => Text += $"handle {Convert.ToHexString(handle)} ; ";

        public void OnChunk(in ReadChunk chunk, in GrpcMessage message)
        {
            var content = new List<byte>();
            foreach (var fragment in chunk.Content) content.AddRange(fragment.Span);
            Text += Chunk(chunk.ReadId, chunk.Offset, [.. content], chunk.Crc32C, chunk.IsRangeEnd);
        }
    }
}
