using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace ZonalStorage.Tests;

public sealed class AddressTests
{
    [Theory]
    [InlineData("gs://bucket/name", "bucket", "name", null)]
    [InlineData("gs://bucket/a/b c/d#12", "bucket", "a/b c/d", 12L)]
    [InlineData("gs://bucket/a#b", "bucket", "a#b", null)]
    [InlineData("gs://bucket/a#1#2", "bucket", "a#1", 2L)]
    [InlineData("gs://bucket/a#", "bucket", "a#", null)]
    [InlineData("GS://bucket", "bucket", "", null)]
    [InlineData("gs://bucket/", "bucket", "", null)]
    [InlineData("gs://b.c-d_1/%20", "b.c-d_1", "%20", null)]
    [InlineData("gs://b/x", "b", "x", null)]
    public void Addresses_are_taken_apart(string text, string bucket, string name, long? generation)
    {
        var uri = ZonalUri.Parse(text);
        Assert.Equal((bucket, name, generation), (uri.Bucket, uri.Name, uri.Generation));
    }

    [Theory]
    [InlineData("bucket/name", "gs://BUCKET/NAME")]
    [InlineData("s3://bucket/name", "gs://BUCKET/NAME")]
    [InlineData("", "gs://BUCKET/NAME")]
    [InlineData("gs://", "1 to 222")]
    [InlineData("gs://Bucket/x", "lower-case")]
    [InlineData("gs://bucket/..", "not an object name")]
    [InlineData("gs://bucket/a\nb", "line feed")]
    public void What_is_no_address_says_what_to_type(string text, string hint) =>
        Assert.Contains(hint, Assert.Throws<FormatException>(() => ZonalUri.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Parsing_and_printing_are_inverse() => Prop.ForAll<NonEmptyString, PositiveInt>((name, generation) =>
    {
        var text = $"gs://some-bucket/{name.Get}#{generation.Get}";
        return !ZonalUri.TryParse(text, out var uri) || (uri.ToString() == text && uri.Name == name.Get);
    }).QuickCheckThrowOnFailure();

    // gcsfs's edge cases of slices, and ours.
    [Theory]
    [InlineData(0, null, 15, 0, 15)]
    [InlineData(5, null, 15, 5, 10)]
    [InlineData(5, 3L, 15, 5, 3)]
    [InlineData(-5, null, 15, 10, 5)]
    [InlineData(-5, 3L, 15, 10, 3)]
    [InlineData(-50, null, 15, 0, 15)]
    [InlineData(-50, 4L, 15, 0, 4)]
    [InlineData(10, 100L, 15, 10, 5)]
    [InlineData(15, null, 15, 15, 0)]
    [InlineData(15, 7L, 15, 15, 0)]
    [InlineData(7, 0L, 15, 7, 0)]
    [InlineData(0, null, 0, 0, 0)]
    [InlineData(-1, null, 0, 0, 0)]
    public void Ranges_resolve_against_the_size(long offset, long? length, long size, long start, long count) =>
        Assert.Equal((start, count), new ByteRange(offset, length).Resolve(size));

    [Theory]
    [InlineData(16, null, 15)]
    [InlineData(0, -1L, 15)]
    public void Ranges_that_cannot_be_are_refused(long offset, long? length, long size) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new ByteRange(offset, length).Resolve(size));

    [Theory]
    [InlineData("ftp://host", "http")]
    [InlineData("http://host/path", "without a path")]
    public void Endpoints_are_checked(string endpoint, string hint)
    {
        var options = new ZonalSessionOptions { Endpoint = new Uri(endpoint) };
        Assert.Contains(hint, Assert.Throws<ArgumentException>(options.Validate).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_out_of_bounds_name_themselves_and_the_bounds()
    {
        var error = Assert.Throws<ArgumentException>((new ZonalSessionOptions() with { Connections = 65 }).Validate);
        Assert.Contains("Connections is 65; it must be 0 to 64", error.Message, StringComparison.Ordinal);
    }
}
