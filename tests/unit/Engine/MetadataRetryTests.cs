using Google.Cloud.Storage.Control.V2;
using Google.Cloud.Storage.V2;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Xunit;
using ZonalStorage.Tests.Transport;
using ZonalStorage.Transport.Http2;
using Object = Google.Cloud.Storage.V2.Object;

namespace ZonalStorage.Tests.Engine;

/// <summary>Calls of metadata are tried again after the same failures as reads, and after no others.</summary>
public sealed class MetadataRetryTests
{
    private static readonly ZonalUri _uri = new("zonal-bucket", "a/name");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(ZonalStatusCode.Unavailable)]
    [InlineData(ZonalStatusCode.ResourceExhausted)]
    [InlineData(ZonalStatusCode.Internal)]
    [InlineData(ZonalStatusCode.Unknown)]
    [InlineData(ZonalStatusCode.DeadlineExceeded)]
    [InlineData(ZonalStatusCode.Aborted)]
    [InlineData(ZonalStatusCode.Cancelled)]
    public async Task A_failure_that_may_pass_is_tried_again(ZonalStatusCode code)
    {
        await using var server = new RawServer(Failing(once: c => c.EndAsync(code, "not now")));
        await using var session = server.Open();
        Assert.Equal(5, (await session.GetObjectInfoAsync(_uri, Stop)).Size);
        Assert.Equal(2, server.Calls.Count);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(0)]
    [InlineData(8)]
    [InlineData(7)]
    [InlineData(11)]
    public async Task A_reset_stream_is_tried_again(uint code)
    {
        await using var server = new RawServer(Failing(once: c => c.ResetAsync((Http2ErrorCode)code)));
        await using var session = server.Open();
        Assert.Equal(5, (await session.GetObjectInfoAsync(_uri, Stop)).Size);
    }

    [Theory]
    [InlineData(ZonalStatusCode.InvalidArgument)]
    [InlineData(ZonalStatusCode.PermissionDenied)]
    [InlineData(ZonalStatusCode.FailedPrecondition)]
    [InlineData(ZonalStatusCode.Unimplemented)]
    [InlineData(ZonalStatusCode.DataLoss)]
    public async Task A_failure_that_stays_is_not(ZonalStatusCode code)
    {
        await using var server = new RawServer((c, _) => c.EndAsync(code, "never"));
        await using var session = server.Open();
        var error = await Assert.ThrowsAsync<ZonalException>(() => session.GetObjectInfoAsync(_uri, Stop));
        Assert.Equal(code, error.Code);
        Assert.Single(server.Calls);
    }

    [Fact]
    public async Task A_page_of_a_listing_that_fails_for_a_moment_does_not_end_it()
    {
        await using var server = new RawServer(Failing(
            once: static c => c.EndAsync(ZonalStatusCode.ResourceExhausted, "slow down"),
            then: static c => c.AnswerAsync(new ListObjectsResponse { Objects = { Made("a/name") } })));
        await using var session = server.Open();
        Assert.Single(await ListAsync(session));
    }

    [Fact]
    public async Task The_server_is_asked_again_when_it_wishes_and_not_before()
    {
        var time = new SteppedTime();
        var wish = new RetryInfo { RetryDelay = Duration.FromTimeSpan(TimeSpan.FromSeconds(33)) };
        await using var server = new RawServer(Failing(once: c => c.EndAsync(ZonalStatusCode.ResourceExhausted, "busy", wish)));
        await using var session = server.Open(o => o with { Time = time });
        var call = session.GetObjectInfoAsync(_uri, Stop);
        await time.WaitForTimerAsync(static t => t == TimeSpan.FromSeconds(33), Stop);
        time.Advance(TimeSpan.FromSeconds(32.9));
        Assert.Single(server.Calls);
        time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal(5, (await call).Size);
    }

    [Fact]
    public async Task A_wish_beyond_the_limit_of_all_attempts_is_an_error_at_once()
    {
        var wish = new RetryInfo { RetryDelay = Duration.FromTimeSpan(TimeSpan.FromSeconds(61)) };
        await using var server = new RawServer((c, _) => c.EndAsync(ZonalStatusCode.Unavailable, "for an hour", wish));
        await using var session = server.Open(static o => o with { Time = new SteppedTime() });
        var error = await Assert.ThrowsAsync<ZonalException>(() => session.GetObjectInfoAsync(_uri, Stop));
        Assert.Equal(ZonalErrorIds.ServiceUnavailable, error.ErrorId);
        Assert.Single(server.Calls);
    }

    [Fact]
    public async Task Attempts_are_counted_and_told()
    {
        await using var server = new RawServer(static (c, _) => c.EndAsync(ZonalStatusCode.Unavailable, "down"));
        await using var session = server.Open(static o => o with { MaximumAttempts = 2 });
        var error = await Assert.ThrowsAsync<ZonalException>(() => session.GetObjectInfoAsync(_uri, Stop));
        Assert.Equal(2, server.Calls.Count);
        Assert.Contains("down (2 attempts", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_delete_of_whatever_is_there_is_tried_again_only_if_the_server_has_not_acted()
    {
        await using var acted = new RawServer(static (c, _) => c.EndAsync(ZonalStatusCode.Unavailable, "perhaps done"));
        await using var first = acted.Open();
        await Assert.ThrowsAsync<ZonalException>(() => first.DeleteObjectAsync(_uri, Stop));
        Assert.Single(acted.Calls);

        await using var refused = new RawServer(Failing(
            once: static c => c.ResetAsync(Http2ErrorCode.RefusedStream), then: static c => c.AnswerAsync(new Empty())));
        await using var second = refused.Open();
        await second.DeleteObjectAsync(_uri, Stop);
        Assert.Equal(2, refused.Calls.Count);
    }

    [Fact]
    public async Task A_delete_of_one_generation_is_tried_again()
    {
        await using var server = new RawServer(Failing(
            once: static c => c.EndAsync(ZonalStatusCode.Internal, "oops"), then: static c => c.AnswerAsync(new Empty())));
        await using var session = server.Open();
        await session.DeleteObjectAsync(_uri.WithGeneration(7), Stop);
        Assert.Equal(2, server.Calls.Count);
    }

    [Fact]
    public async Task An_answer_that_is_none_is_tried_again_and_told_in_our_words()
    {
        await using var server = new RawServer(static (c, _) => c.EndAsync());
        await using var session = server.Open(static o => o with { MaximumAttempts = 2 });
        var error = await Assert.ThrowsAsync<ZonalException>(() => session.GetObjectInfoAsync(_uri, Stop));
        Assert.Equal(2, server.Calls.Count);
        Assert.Contains("OK with no message", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("service says", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_permission_for_its_metadata_a_bucket_says_what_is_missing()
    {
        await using var server = new RawServer(static (c, _) => c.Method == "GetStorageLayout"
            ? c.AnswerAsync(new StorageLayout { LocationType = "zone" })
            : c.EndAsync(ZonalStatusCode.PermissionDenied, "no storage.buckets.get"));
        await using var session = server.Open();
        var bucket = await session.GetBucketAsync("zonal-bucket", Stop);
        Assert.True(bucket.IsZonal);
        Assert.Equal((null, "storage.buckets.get"), (bucket.StorageClass, bucket.MissingPermission));
    }

    [Theory]
    [InlineData(ZonalStatusCode.Unavailable, "ServiceUnavailable")]
    [InlineData(ZonalStatusCode.ResourceExhausted, "ResourceExhausted")]
    [InlineData(ZonalStatusCode.Unauthenticated, "Unauthenticated")]
    [InlineData(ZonalStatusCode.NotFound, "BucketNotFound")]
    public async Task A_bucket_of_which_half_could_be_had_is_an_error(ZonalStatusCode code, string errorId)
    {
        await using var server = new RawServer((c, _) => c.Method == "GetStorageLayout"
            ? c.AnswerAsync(new StorageLayout { LocationType = "zone" })
            : c.EndAsync(code, "no"));
        await using var session = server.Open(static o => o with { MaximumAttempts = 2 });
        var error = await Assert.ThrowsAsync<ZonalException>(() => session.GetBucketAsync("zonal-bucket", Stop));
        Assert.Equal(errorId, error.ErrorId);
    }

    [Fact]
    public async Task A_whole_bucket_lacks_nothing()
    {
        await using var server = new RawServer(static (c, _) => c.Method == "GetStorageLayout"
            ? c.AnswerAsync(new StorageLayout { LocationType = "zone" })
            : c.AnswerAsync(new Bucket { Name = "projects/_/buckets/zonal-bucket", StorageClass = "RAPID" }));
        await using var session = server.Open();
        var bucket = await session.GetBucketAsync("zonal-bucket", Stop);
        Assert.Equal(("RAPID", null), (bucket.StorageClass, bucket.MissingPermission));
    }

    internal static Object Made(string name) => new()
    {
        Bucket = "projects/_/buckets/zonal-bucket", Name = name, Generation = 7, Metageneration = 1, Size = 5,
    };

    internal static async Task<List<ZonalObjectInfo>> ListAsync(ZonalSession session, ZonalListOptions? options = null)
    {
        var found = new List<ZonalObjectInfo>();
        await foreach (var info in session.ListObjectsAsync("zonal-bucket", options, Stop)) found.Add(info);
        return found;
    }

    /// <summary>Fails the first call and answers the others.</summary>
    private static Func<RawCall, byte[], Task> Failing(Func<RawCall, Task> once, Func<RawCall, Task>? then = null)
    {
        var calls = 0;
        return (call, _) => calls++ == 0 ? once(call) : then?.Invoke(call) ?? call.AnswerAsync(Made("a/name"));
    }
}
