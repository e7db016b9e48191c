using Google.Cloud.Storage.Control.V2;
using Google.Cloud.Storage.V2;
using Google.Protobuf;
using Xunit;
using ZonalStorage.Cmdlets.Operations;
using ZonalStorage.Tests.Cmdlets;
using ZonalStorage.Tests.Transport;

namespace ZonalStorage.Tests.Engine;

/// <summary>Every call of metadata compares what is answered with what was asked.</summary>
public sealed class MetadataIdentityTests
{
    private static readonly ZonalUri _uri = new("zonal-bucket", "a/name");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("b/name", 7, 5, "WrongObject")]
    [InlineData("a/name", 8, 5, "WrongGeneration")]
    [InlineData("a/name", 7, -1, "WrongObject")]
    public async Task A_stat_of_another_object(string name, long generation, long size, string errorId)
    {
        var answer = MetadataRetryTests.Made(name);
        (answer.Generation, answer.Size) = (generation, size);
        await ExpectAsync(errorId, _ => answer, s => s.GetObjectInfoAsync(_uri.WithGeneration(7), Stop));
    }

    [Fact]
    public Task A_layout_of_another_bucket() => ExpectAsync(
        "WrongObject",
        static _ => new StorageLayout { Name = "projects/_/buckets/another/storageLayout", LocationType = "zone" },
        static s => s.GetBucketAsync("zonal-bucket", Stop));

    [Fact]
    public Task Metadata_of_another_bucket() => ExpectAsync(
        "WrongObject",
        static method => method == "GetStorageLayout"
            ? new StorageLayout { LocationType = "zone" }
            : new Bucket { Name = "projects/_/buckets/another", StorageClass = "RAPID" },
        static s => s.GetBucketAsync("zonal-bucket", Stop));

    [Theory]
    [InlineData("another/name", 3, null, "WrongObject")]
    [InlineData("a/name", 2, null, "UploadUnconfirmed")]
    [InlineData("a/name", 3, 1u, "UploadUnconfirmed")]
    public async Task An_upload_that_is_confirmed_as_something_else(string name, long size, uint? crc, string errorId)
    {
        var answer = MetadataRetryTests.Made(name);
        answer.Size = size;
        if (crc is { } value) answer.Checksums = new ObjectChecksums { Crc32C = value };
        await ExpectAsync(
            errorId, _ => new BidiWriteObjectResponse { Resource = answer },
            s => s.UploadAsync(_uri, new MemoryStream([1, 2, 3]), cancellationToken: Stop));
    }

    [Fact]
    public async Task An_upload_that_is_confirmed_as_it_is_is_done()
    {
        var answer = MetadataRetryTests.Made("a/name");
        answer.Size = 3;
        answer.Checksums = new ObjectChecksums { Crc32C = ZonalStorage.Memory.Crc32C.Compute([1, 2, 3]) };
        await using var server = new RawServer((c, _) => c.AnswerAsync(new BidiWriteObjectResponse { Resource = answer }));
        await using var session = server.Open();
        var progress = new ZonalProgress();
        Assert.Equal(3, (await session.UploadAsync(_uri, new MemoryStream([1, 2, 3]), progress: progress, cancellationToken: Stop)).Size);
        Assert.Equal(3, progress.Bytes);
    }

    [Fact]
    public async Task An_address_that_cannot_be_meant_is_an_argument_error()
    {
        await using var session = ZonalSession.Create(new ZonalSessionOptions { Endpoint = new Uri("http://127.0.0.1:1") });
        var bucket = new ZonalUri("zonal-bucket", "");
        await Assert.ThrowsAsync<ArgumentException>(() => session.GetObjectInfoAsync(bucket, Stop));
        await Assert.ThrowsAsync<ArgumentException>(() => session.DeleteObjectAsync(bucket, Stop));
        await Assert.ThrowsAsync<ArgumentException>(() => session.UploadAsync(bucket, Stream.Null, cancellationToken: Stop));
        await Assert.ThrowsAsync<ArgumentException>(() => session.UploadAsync(_uri.WithGeneration(7), Stream.Null, cancellationToken: Stop));
    }

    [Fact]
    public async Task A_bucket_that_is_not_told_whole_is_written_with_a_warning()
    {
        await using var server = new RawServer(static (c, _) => c.Method == "GetStorageLayout"
            ? c.AnswerAsync(new StorageLayout { LocationType = "zone" })
            : c.EndAsync(ZonalStatusCode.PermissionDenied, "no"));
        await using var session = server.Open();
        using var sink = new RecordingSink();
        await new LookUpBuckets(session, sink).GetAsync("zonal-bucket");
        Assert.Equal("zonal-bucket", Assert.IsType<ZonalBucketInfo>(Assert.Single(sink.Output)).Name);
        Assert.Contains("storage.buckets.get", Assert.Single(sink.Warnings), StringComparison.Ordinal);
        Assert.Empty(sink.Errors);
    }

    [Fact]
    public async Task Buckets_of_a_project_that_cannot_be_listed_are_an_error_of_that_project()
    {
        await using var server = new RawServer(static (c, _) => c.EndAsync(ZonalStatusCode.PermissionDenied, "not you"));
        await using var session = server.Open();
        using var sink = new RecordingSink();
        await new LookUpBuckets(session, sink).ListAsync("my-project");
        var (error, target) = Assert.Single(sink.Errors);
        Assert.Equal(("PermissionDenied", "my-project"), (Assert.IsType<ZonalException>(error).ErrorId, target));
        Assert.Contains("my-project", error.Message, StringComparison.Ordinal);
    }

    private static async Task ExpectAsync(string errorId, Func<string, IMessage> answer, Func<ZonalSession, Task> run)
    {
        await using var server = new RawServer((c, _) => c.AnswerAsync(answer(c.Method)));
        await using var session = server.Open();
        Assert.Equal(errorId, (await Assert.ThrowsAsync<ZonalException>(() => run(session))).ErrorId);
    }
}
