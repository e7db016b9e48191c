using FsCheck;
using FsCheck.Fluent;
using Xunit;
using ZonalStorage.Cmdlets.Parameters;

namespace ZonalStorage.Tests.Cmdlets;

/// <summary>Sizes, ranges and endpoints as people type them.</summary>
public sealed class ParserTests
{
    [Theory]
    [InlineData("0", 0L)]
    [InlineData("4096", 4096L)]
    [InlineData("64KB", 65536L)]
    [InlineData("64kib", 65536L)]
    [InlineData("64K", 65536L)]
    [InlineData(" 64 MB ", 67108864L)]
    [InlineData("1.5GB", 1610612736L)]
    [InlineData("-4KB", -4096L)]
    [InlineData("7B", 7L)]
    [InlineData("5TB", 5497558138880L)]
    [InlineData("9223372036854775807", long.MaxValue)]
    public void Sizes_are_read(string text, long expected)
    {
        Assert.True(SizeParser.TryParse(text, out var bytes));
        Assert.Equal(expected, bytes);
    }

    [Theory]
    [InlineData("9000000000000000000P")]
    [InlineData("")]
    [InlineData("MB")]
    [InlineData("1XB")]
    [InlineData("1MBit")]
    [InlineData("1e3")]
    [InlineData("0.3KB")]
    [InlineData("1,000")]
    [InlineData("0x10")]
    [InlineData("9223372036854775808")]
    [InlineData("99999999999999999999999999999999999999")]
    [InlineData("9000PB")]
    [InlineData("--1")]
    public void What_is_no_size_is_refused(string text) => Assert.False(SizeParser.TryParse(text, out _));

    [Theory]
    [InlineData("0-1023", 0, 1024L)]
    [InlineData("5-5", 5, 1L)]
    [InlineData("1MB+64KB", 1048576, 65536L)]
    [InlineData("1MB-2MB", 1048576, 1048577L)]
    [InlineData("7+0", 7, 0L)]
    [InlineData("-1KB+16", -1024, 16L)]
    [InlineData("4096-", 4096, null)]
    [InlineData("-4096", -4096, null)]
    [InlineData("-0", 0, 0L)]
    [InlineData(" 0 - 9 ", 0, 10L)]
    public void Ranges_are_read(string text, long offset, long? length)
    {
        Assert.True(RangeParser.TryParse(text, out var range, out var problem), problem);
        Assert.Equal(new ByteRange(offset, length), range);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("+")]
    [InlineData("4096")]
    [InlineData("9-1")]
    [InlineData("1+-1")]
    [InlineData("a-b")]
    [InlineData("1-2-3")]
    [InlineData("1+2+3")]
    [InlineData("gs://bucket/size-10")]
    [InlineData("0-9223372036854775807")]
    public void What_is_no_range_is_refused_with_what_to_type(string? text)
    {
        Assert.False(RangeParser.TryParse(text, out _, out var problem));
        Assert.Contains("0-1023", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_range_prints_is_read_as_the_same_range() => Prop.ForAll<long, long>((offset, length) =>
    {
        var range = new ByteRange(offset == long.MinValue ? 0 : offset, Math.Abs(Math.Max(length, -long.MaxValue)));
        return RangeParser.TryParse(range.ToString(), out var read, out _) && read == range;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void No_text_makes_a_parser_throw() => Prop.ForAll<string>(text =>
    {
        _ = SizeParser.TryParse(text, out _) | RangeParser.TryParse(text, out _, out _) | EndpointParser.TryParse(text ?? "", out _);
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("127.0.0.1:9000", "http://127.0.0.1:9000/")]
    [InlineData("localhost:9000", "http://localhost:9000/")]
    [InlineData("[::1]:9000", "http://[::1]:9000/")]
    [InlineData("storage.example.com", "https://storage.example.com/")]
    [InlineData("storage.example.com:8443", "https://storage.example.com:8443/")]
    [InlineData("http://10.0.0.1:9000", "http://10.0.0.1:9000/")]
    [InlineData("https://127.0.0.1:9000", "https://127.0.0.1:9000/")]
    public void Endpoints_are_read(string text, string expected)
    {
        Assert.True(EndpointParser.TryParse(text, out var endpoint));
        Assert.Equal(new Uri(expected), endpoint);
    }

    [Theory]
    [InlineData("")]
    [InlineData("ftp://x")]
    [InlineData("://")]
    [InlineData("a b")]
    public void What_is_no_endpoint_is_refused(string text) => Assert.False(EndpointParser.TryParse(text, out _));
}
