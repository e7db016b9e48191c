using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Xunit;
using ZonalStorage.Transport.Hpack;

namespace ZonalStorage.Tests.Transport.Hpack;

public sealed class HpackEncoderTests
{
    [Fact]
    public void Known_fields_are_one_byte_and_the_token_is_marked_as_never_to_be_indexed()
    {
        var block = new ArrayBufferWriter<byte>();
        HpackEncoder.WriteMethodPost(block);
        HpackEncoder.WriteScheme(block, "https");
        HpackEncoder.WriteScheme(block, "http");
        HpackEncoder.WritePath(block, "/p");
        HpackEncoder.WriteAuthority(block, "a");
        HpackEncoder.Write(block, "te", "trailers");
        HpackEncoder.WriteAuthorization(block, "Bearer x");
        Assert.Equal(
            "83" + "87" + "86" + "04022F70" + "010161" + "000274650874" + "7261696C657273" + "1F08" + "084265617265722078",
            Convert.ToHexString(block.WrittenSpan));
    }

    [Fact]
    public void What_it_writes_the_decoder_reads_without_a_table() => Prop.ForAll<NonEmptyString, string>((name, value) =>
    {
        value ??= "";
        var block = new ArrayBufferWriter<byte>();
        HpackEncoder.WriteMethodPost(block);
        HpackEncoder.WriteScheme(block, "https");
        HpackEncoder.WritePath(block, value);
        HpackEncoder.WriteAuthority(block, value);
        HpackEncoder.Write(block, name.Get, value);
        HpackEncoder.WriteAuthorization(block, value);
        var fields = new Fields();
        new HpackDecoder(maximumTableSize: 0).Decode(block.WrittenSpan, fields);
        var (key, text) = (Utf8(name.Get), Utf8(value));
        return fields.ToString()
            == $":method: POST\n:scheme: https\n:path: {text}\n:authority: {text}\n{key}: {text}\nauthorization: {text}";
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(126)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(254)]
    [InlineData(255)]
    [InlineData(16_510)]
    [InlineData(16_511)]
    [InlineData(60_000)]
    public void Lengths_around_the_borders_of_their_encoding_are_right(int length)
    {
        var block = new ArrayBufferWriter<byte>();
        HpackEncoder.Write(block, "x", new string('v', length));
        var fields = new Fields();
        new HpackDecoder().Decode(block.WrittenSpan, fields);
        Assert.Equal(length, Assert.Single(fields.List).Value.Length);
    }

    // Half a surrogate pair becomes a replacement character on the way, as everywhere in .NET.
    private static string Utf8(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
}
