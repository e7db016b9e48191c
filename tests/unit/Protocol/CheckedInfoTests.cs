using Google.Cloud.Storage.Control.V2;
using Google.Cloud.Storage.V2;
using Google.Protobuf.WellKnownTypes;
using Xunit;
using ZonalStorage.Protocol;
using Object = Google.Cloud.Storage.V2.Object;

namespace ZonalStorage.Tests.Protocol;

/// <summary>Metadata is handed out only if it is that of the object asked for.</summary>
public sealed class CheckedInfoTests
{
    private static readonly ZonalUri _asked = new("zonal-bucket", "a/name");
    private static readonly ZonalUri _bucket = new("zonal-bucket", "");

    [Theory]
    [InlineData("projects/_/buckets/zonal-bucket", "a/name")]
    [InlineData("projects/123456/buckets/zonal-bucket", "a/name")]
    [InlineData("zonal-bucket", "a/name")]
    [InlineData("", "a/name")]
    [InlineData("projects/_/buckets/zonal-bucket", "")]
    public void The_asked_object_however_its_bucket_is_told_is_handed_out(string bucket, string name)
    {
        var info = Make(m => (m.Bucket, m.Name) = (bucket, name)).ToCheckedInfo(_asked.WithGeneration(7));
        Assert.Equal(_asked.WithGeneration(7), info.Uri);
        Assert.Equal(5, info.Size);
    }

    [Theory]
    [InlineData("projects/_/buckets/another", "a/name")]
    [InlineData("another", "a/name")]
    [InlineData("projects/_/buckets/zonal-bucket", "A/name")]
    [InlineData("projects/_/buckets/zonal-bucket", "a/name2")]
    public void Another_object_is_refused(string bucket, string name)
    {
        var error = Assert.Throws<ZonalException>(() => Make(m => (m.Bucket, m.Name) = (bucket, name)).ToCheckedInfo(_asked));
        Assert.Equal((ZonalErrorIds.WrongObject, ZonalStatusCode.DataLoss), (error.ErrorId, error.Code));
        Assert.Equal(_asked.ToString(), error.Target);
    }

    [Fact]
    public void Another_generation_than_the_pinned_one_is_refused()
    {
        var error = Assert.Throws<ZonalException>(() => Make().ToCheckedInfo(_asked.WithGeneration(8)));
        Assert.Equal(ZonalErrorIds.WrongGeneration, error.ErrorId);
        Assert.Equal(7, Make().ToCheckedInfo(_asked).Generation);
    }

    [Theory]
    [InlineData(-1, 7, 1)]
    [InlineData(long.MinValue, 7, 1)]
    [InlineData((1L << 60) + 1, 7, 1)]
    [InlineData(long.MaxValue, 7, 1)]
    [InlineData(5, 0, 1)]
    [InlineData(5, -7, 1)]
    [InlineData(5, 7, -1)]
    public void Numbers_that_no_object_has_are_refused(long size, long generation, long metageneration)
    {
        var message = Make(m => (m.Size, m.Generation, m.Metageneration) = (size, generation, metageneration));
        Assert.Equal(ZonalErrorIds.WrongObject, Assert.Throws<ZonalException>(() => message.ToCheckedInfo(_asked)).ErrorId);
    }

    [Fact]
    public void The_largest_size_is_taken() =>
        Assert.Equal(1L << 60, Make(static m => m.Size = 1L << 60).ToCheckedInfo(_asked).Size);

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("two\nlines")]
    [InlineData("two\rlines")]
    public void A_name_that_no_object_has_is_refused_in_a_listing(string name)
    {
        var error = Assert.Throws<ZonalException>(() => Make(m => m.Name = name).ToCheckedInfo(_bucket));
        Assert.Equal(ZonalErrorIds.WrongObject, error.ErrorId);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void Half_a_surrogate_pair_is_no_name() => Assert.Throws<ZonalException>(
        () => Make(static m => m.Name = "half a pair " + (char)0xD800).ToCheckedInfo(_bucket));

    [Fact]
    public void A_name_of_1024_bytes_is_the_longest()
    {
        Assert.Equal(512, Make(static m => m.Name = new string('ü', 512)).ToCheckedInfo(_bucket).Name.Length);
        Assert.Throws<ZonalException>(() => Make(static m => m.Name = new string('ü', 513)).ToCheckedInfo(_bucket));
    }

    [Fact]
    public void An_entry_of_another_bucket_is_refused_in_a_listing()
    {
        Assert.Equal("a/name", Make().ToCheckedInfo(_bucket).Name);
        var error = Assert.Throws<ZonalException>(
            () => Make(static m => m.Bucket = "projects/_/buckets/another").ToCheckedInfo(_bucket));
        Assert.Equal(ZonalErrorIds.WrongObject, error.ErrorId);
    }

    [Theory]
    [InlineData(long.MaxValue, 0)]
    [InlineData(long.MinValue, 0)]
    [InlineData(253_402_300_800, 0)]
    [InlineData(253_402_300_799, int.MaxValue)]
    [InlineData(-62_135_596_800, int.MinValue)]
    public void A_time_that_no_calendar_has_throws_nothing(long seconds, int nanos)
    {
        var time = new Timestamp { Seconds = seconds, Nanos = nanos };
        var info = Make(m => (m.CreateTime, m.UpdateTime, m.FinalizeTime) = (time, time, time)).ToCheckedInfo(_asked);
        Assert.True(info.IsFinalized);
        Assert.Equal(seconds is < 253_402_300_800 and >= -62_135_596_800, info.Created is not null);
    }

    [Theory]
    [InlineData("projects/_/buckets/zonal-bucket", "")]
    [InlineData("projects/9/buckets/zonal-bucket", "zonal-bucket")]
    [InlineData("", "zonal-bucket")]
    [InlineData("", "")]
    public void The_asked_bucket_is_handed_out(string name, string id) =>
        Assert.Equal("zonal-bucket", new Bucket { Name = name, BucketId = id }.ToCheckedInfo(_bucket).Name);

    [Theory]
    [InlineData("projects/_/buckets/another", "")]
    [InlineData("projects/_/buckets/another", "zonal-bucket")]
    [InlineData("projects/_/buckets/zonal-bucket", "another")]
    public void Another_bucket_is_refused(string name, string id)
    {
        var bucket = new Bucket { Name = name, BucketId = id };
        Assert.Equal(ZonalErrorIds.WrongObject, Assert.Throws<ZonalException>(() => bucket.ToCheckedInfo(_bucket)).ErrorId);
    }

    [Fact]
    public void The_layout_of_another_bucket_is_refused()
    {
        static StorageLayout Layout(string bucket) =>
            new() { Name = $"projects/_/buckets/{bucket}/storageLayout", LocationType = "zone" };

        Assert.True(Layout("zonal-bucket").ToCheckedInfo(_bucket).IsZonal);
        Assert.Equal("zonal-bucket", new StorageLayout().ToCheckedInfo(_bucket).Name);
        Assert.Throws<ZonalException>(() => Layout("another").ToCheckedInfo(_bucket));
    }

    private static Object Make(Action<Object>? change = null)
    {
        var message = new Object
        {
            Bucket = "projects/_/buckets/zonal-bucket", Name = "a/name", Generation = 7, Metageneration = 1, Size = 5,
        };
        change?.Invoke(message);
        return message;
    }
}
