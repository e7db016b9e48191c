using ZonalStorage.Conformance.Hosts;
using ZonalStorage.TestSupport;

namespace ZonalStorage.Conformance.Engine;

/// <summary>Calls about objects and buckets, and uploads.</summary>
public sealed class MetadataTests(PeerServers servers)
{
    [Fact(Timeout = Content.Patience)]
    public async Task Info_tells_what_the_service_told()
    {
        var server = await servers.PlainAsync;
        await using var session = ZonalSession.Create(server.Options);
        var uri = PeerServer.Synthetic("9");
        var info = await session.GetObjectInfoAsync(uri);
        Assert.Equal(uri.Bucket, info.Bucket);
        Assert.Equal(uri.Name, info.Name);
        Assert.Equal(9, info.Size);
        Assert.Equal(1700000000000001, info.Generation);
        Assert.Equal(3, info.Metageneration);
        Assert.True(info.IsFinalized);
        Assert.NotNull(info.Crc32C);
        Assert.Equal("RAPID", info.StorageClass);
        Assert.Equal("CAE=", info.ETag);
        Assert.Equal(DateTimeOffset.FromUnixTimeMilliseconds(1_790_000_000_123), info.Created);
        Assert.Equal("grün", info.Metadata["colour"]);
        Assert.Equal("", info.Metadata["empty"]);
        await server.CleanJournalAsync(uri);
    }

    [Theory(Timeout = Content.Patience)]
    [InlineData("PERMISSION_DENIED", ZonalStatusCode.PermissionDenied)]
    [InlineData("UNAUTHENTICATED", ZonalStatusCode.Unauthenticated)]
    [InlineData("FAILED_PRECONDITION", ZonalStatusCode.FailedPrecondition)]
    [InlineData("NOT_FOUND", ZonalStatusCode.NotFound)]
    [InlineData("INVALID_ARGUMENT", ZonalStatusCode.InvalidArgument)]
    public async Task A_failed_call_tells_the_services_message(string code, ZonalStatusCode expected)
    {
        var server = await servers.PlainAsync;
        await using var session = ZonalSession.Create(server.Options);
        var error = await Assert.ThrowsAsync<ZonalException>(
            () => session.GetObjectInfoAsync(new ZonalUri("zonal-bucket", $"error-{code}")));
        Assert.Equal(expected, error.Code);
        // Percent-encoded on the wire, both the percent sign and the letter outside of ASCII.
        Assert.Contains("100 % überall", error.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = Content.Patience)]
    public async Task Layout_tells_that_a_bucket_is_zonal_although_its_metadata_is_refused()
    {
        var server = await servers.PlainAsync;
        await using var session = ZonalSession.Create(server.Options);
        var bucket = await session.GetBucketAsync("zonal-bucket");
        Assert.True(bucket.IsZonal);
        Assert.Equal("us-central1-a", bucket.Zone);
        Assert.Equal("US-CENTRAL1", bucket.Location);
        Assert.True(bucket.HierarchicalNamespace);
        Assert.Null(bucket.StorageClass);
        var error = await Assert.ThrowsAsync<ZonalException>(() => session.GetBucketAsync("missing-bucket"));
        Assert.Equal("BucketNotFound", error.ErrorId);
    }

    [Theory(Timeout = Content.Patience)]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2 << 20)]
    [InlineData((5 << 20) + 77)]
    public async Task An_upload_can_be_read_listed_and_deleted(int size)
    {
        var server = await servers.PlainAsync;
        await using var session = ZonalSession.Create(server.Options);
        var bucket = $"uploads-{size}";
        var uri = new ZonalUri(bucket, $"ordner/größe {size} %41+&?#.bin");
        var content = SplitMixContent.Bytes(0, size);
        var info = await session.UploadAsync(uri, new MemoryStream(content), "text/x-test");
        Assert.Equal(size, info.Size);
        Assert.True(info.IsFinalized);
        Assert.Equal("text/x-test", info.ContentType);
        Assert.Equal(content, await session.ReadAsync(uri));
        Assert.Equal(content, await session.ReadAsync(info.Uri));
        Assert.Equal(uri.Name, Assert.Single(await ListAsync(session, bucket)).Name);
        var journal = await server.CleanJournalAsync(uri);
        Assert.All(journal.Writes, write => Assert.InRange(write.Length, 1, 2 << 20));
        Assert.Equal(size, journal.Writes.Sum(write => write.Length));
        await session.DeleteObjectAsync(uri);
        Assert.Empty(await ListAsync(session, bucket));
        var error = await Assert.ThrowsAsync<ZonalException>(() => session.DeleteObjectAsync(uri));
        Assert.Equal("ObjectNotFound", error.ErrorId);
    }

    [Fact(Timeout = Content.Patience)]
    public async Task An_upload_that_must_not_replace_does_not()
    {
        var server = await servers.PlainAsync;
        await using var session = ZonalSession.Create(server.Options);
        var uri = new ZonalUri("uploads-once", "object");
        await session.UploadAsync(uri, new MemoryStream([1, 2, 3]), ifGenerationMatch: 0);
        var error = await Assert.ThrowsAsync<ZonalException>(
            () => session.UploadAsync(uri, new MemoryStream([4]), ifGenerationMatch: 0));
        Assert.Equal(ZonalStatusCode.FailedPrecondition, error.Code);
        Assert.Equal([1, 2, 3], await session.ReadAsync(uri));
    }

    [Fact(Timeout = Content.Patience)]
    public async Task A_listing_goes_through_all_pages_and_folds_prefixes()
    {
        var server = await servers.PlainAsync;
        await using var session = ZonalSession.Create(server.Options);
        const string bucket = "listing";
        string[] names = ["a", "b/1", "b/2", "b/c/3", "d", "e/4", "é", "z"];
        foreach (var name in names) await session.UploadAsync(new ZonalUri(bucket, name), new MemoryStream([7]));
        var all = await ListAsync(session, bucket, new ZonalListOptions { PageSize = 3 });
        Assert.Equal(["a", "b/1", "b/2", "b/c/3", "d", "e/4", "z", "é"], all.Select(info => info.Name));
        var level = await ListAsync(session, bucket, new ZonalListOptions { Delimiter = "/", PageSize = 2 });
        Assert.Equal(["b/", "e/"], level.Where(info => info.IsPrefix).Select(info => info.Name));
        Assert.Equal(["a", "d", "z", "é"], level.Where(info => !info.IsPrefix).Select(info => info.Name));
        var below = await ListAsync(session, bucket, new ZonalListOptions { Prefix = "b/", Delimiter = "/" });
        Assert.Equal(["b/c/", "b/1", "b/2"], below.Select(info => info.Name));
        Assert.Empty((await server.JournalAsync("projects/_/buckets/listing")).Violations);
    }

    private static async Task<List<ZonalObjectInfo>> ListAsync(
        ZonalSession session, string bucket, ZonalListOptions? options = null)
    {
        var found = new List<ZonalObjectInfo>();
        await foreach (var info in session.ListObjectsAsync(bucket, options)) found.Add(info);
        return found;
    }
}
