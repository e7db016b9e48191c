using Google.Cloud.Storage.V2;
using Google.Protobuf;
using Google.Rpc;
using Xunit;
using ZonalStorage.Tests.Transport;
using ZonalStorage.Transport.Grpc;
using Object = Google.Cloud.Storage.V2.Object;

namespace ZonalStorage.Tests.Engine;

/// <summary>Messages of metadata are bounded, and what is not known in them is not kept.</summary>
public sealed class MetadataMessageTests
{
    private static readonly ZonalUri _uri = new("zonal-bucket", "a/name");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_message_over_the_limit_is_an_error_that_names_the_option_and_is_not_asked_for_again()
    {
        await using var server = new RawServer(static (c, _) => c.AnswerAsync(Padded((64 << 10) + 1)));
        await using var session = server.Open(static o => o with { MaximumMetadataMessage = 64 << 10 });
        var error = await Assert.ThrowsAsync<ZonalException>(() => session.GetObjectInfoAsync(_uri, Stop));
        Assert.Equal(ZonalErrorIds.MetadataTooLarge, error.ErrorId);
        Assert.Contains("MaximumMetadataMessage", error.RecommendedAction, StringComparison.Ordinal);
        Assert.Contains("65537 bytes", error.Message, StringComparison.Ordinal);
        Assert.Single(server.Calls);
    }

    [Fact]
    public async Task A_message_of_the_limit_is_taken()
    {
        await using var server = new RawServer(static (c, _) => c.AnswerAsync(Padded(64 << 10)));
        await using var session = server.Open(static o => o with { MaximumMetadataMessage = 64 << 10 });
        Assert.Equal(5, (await session.GetObjectInfoAsync(_uri, Stop)).Size);
    }

    [Fact]
    public async Task The_limit_is_4_MiB_unless_told_otherwise()
    {
        await using var server = new RawServer(static (c, _) => c.SendAsync([], announced: (4 << 20) + 1));
        await using var session = server.Open();
        var error = await Assert.ThrowsAsync<ZonalException>(() => session.GetBucketAsync("zonal-bucket", Stop));
        Assert.Equal(ZonalErrorIds.MetadataTooLarge, error.ErrorId);
    }

    [Fact]
    public async Task An_uploads_answer_over_the_limit_is_an_error()
    {
        await using var server = new RawServer(static (c, _) => c.SendAsync([], announced: (4 << 20) + 1));
        await using var session = server.Open();
        var error = await Assert.ThrowsAsync<ZonalException>(
            () => session.UploadAsync(_uri, new MemoryStream([1]), cancellationToken: Stop));
        Assert.Equal(ZonalErrorIds.MetadataTooLarge, error.ErrorId);
    }

    [Theory]
    [InlineData((64 << 10) - 1)]
    [InlineData((64 << 20) + 1)]
    [InlineData(0)]
    public void The_limit_has_limits(int value) => Assert.Throws<ArgumentException>(
        () => new ZonalSessionOptions { MaximumMetadataMessage = value }.Validate());

    [Fact]
    public void What_is_not_known_is_dropped_and_costs_nothing()
    {
        // Fields 2000 and following of two bytes of tag and one of content: kept, each cost more than 50 bytes.
        var known = MetadataRetryTests.Made("a/name");
        var bytes = new byte[3 << 20];
        for (var i = 0; i < bytes.Length; i += 3) (bytes[i], bytes[i + 1], bytes[i + 2]) = (0x80, 0x7D, 0x01);
        byte[] message = [.. known.ToByteArray(), .. bytes];
        GrpcParsing.Parse<Object>(known.ToByteArray());
        var before = GC.GetAllocatedBytesForCurrentThread();
        var parsed = GrpcParsing.Parse<Object>(message);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 << 10);
        Assert.Equal(known, parsed);
    }

    [Fact]
    public void What_is_not_known_in_a_statuss_details_is_dropped()
    {
        var info = new RetryInfo { RetryDelay = new Google.Protobuf.WellKnownTypes.Duration { Seconds = 3 } };
        byte[] unknown = [0x80, 0x7D, 0x01];
        var status = new Google.Rpc.Status
        {
            Code = 14,
            Details =
            {
                new Google.Protobuf.WellKnownTypes.Any
                {
                    TypeUrl = "type.googleapis.com/google.rpc.RetryInfo",
                    Value = ByteString.CopyFrom([.. info.ToByteArray(), .. unknown]),
                },
            },
        };
        byte[] bytes = [.. status.ToByteArray(), .. unknown];
        var decoded = GrpcStatusMapping.FromTrailers(14, default, Convert.ToBase64String(bytes));
        Assert.Equal(status, decoded.Details);
        Assert.True(decoded.TryGetDetail<RetryInfo>(out var detail));
        Assert.Equal(info, detail);
    }

    private static Object Padded(int size)
    {
        var message = MetadataRetryTests.Made("a/name");
        message.Metadata["notes"] = "";
        while (message.CalculateSize() is var now && now != size) message.Metadata["notes"] = new string('x', message.Metadata["notes"].Length + Math.Max(1, size - now - 8));
        return message;
    }
}
