using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Xunit;
using ZonalStorage.Transport.Grpc;
using ZonalStorage.Transport.Http2;

namespace ZonalStorage.Tests.Transport;

public sealed class GrpcStatusMappingTests
{
    [Theory]
    [InlineData(400, ZonalStatusCode.Internal)]
    [InlineData(401, ZonalStatusCode.Unauthenticated)]
    [InlineData(403, ZonalStatusCode.PermissionDenied)]
    [InlineData(404, ZonalStatusCode.Unimplemented)]
    [InlineData(429, ZonalStatusCode.Unavailable)]
    [InlineData(503, ZonalStatusCode.Unavailable)]
    [InlineData(500, ZonalStatusCode.Unknown)]
    public void Http_statuses_map(int http, ZonalStatusCode code) =>
        Assert.Equal(code, GrpcStatusMapping.FromHttp(http).Code);

    [Theory]
    [InlineData(0, ZonalStatusCode.Internal, false)]
    [InlineData(7, ZonalStatusCode.Unavailable, true)]
    [InlineData(8, ZonalStatusCode.Cancelled, false)]
    [InlineData(11, ZonalStatusCode.ResourceExhausted, false)]
    [InlineData(12, ZonalStatusCode.PermissionDenied, false)]
    public void Resets_map(uint code, ZonalStatusCode expected, bool isUnprocessed)
    {
        var status = GrpcStatusMapping.FromReset((Http2ErrorCode)code);
        Assert.Equal((expected, isUnprocessed), (status.Code, status.IsUnprocessed));
    }

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("50%25 of %C3%BC", "50% of ü")]
    [InlineData("a%2", "a%2")]
    [InlineData("a%zz", "a%zz")]
    [InlineData("", "")]
    public void Messages_are_percent_decoded(string encoded, string expected) =>
        Assert.Equal(expected, GrpcStatusMapping.DecodeMessage(System.Text.Encoding.UTF8.GetBytes(encoded)));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Details_are_read_with_and_without_padding(bool isPadded)
    {
        for (var length = 0; length < 6; length++)
        {
            var status = new Google.Rpc.Status { Code = 10, Message = new string('m', length) };
            status.Details.Add(Any.Pack(new Google.Rpc.RetryInfo()));
            var text = Convert.ToBase64String(status.ToByteArray());
            if (!isPadded) text = text.TrimEnd('=');
            Assert.Equal(status, GrpcStatusMapping.DecodeDetails(text));
            Assert.Equal(status, GrpcStatusMapping.DecodeDetails(text + ",AAAA"));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("!!!")]
    [InlineData("AAA")]
    [InlineData("////")]
    public void Details_that_cannot_be_read_are_none(string text) => Assert.Null(GrpcStatusMapping.DecodeDetails(text));
}
