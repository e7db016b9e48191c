using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Xunit;
using ZonalStorage.Transport;
using ZonalStorage.Transport.Grpc;

namespace ZonalStorage.Tests.Transport;

public sealed class RetryPauseTests
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(30);

    [Fact]
    public void Pauses_double_up_to_five_seconds()
    {
        var status = new GrpcStatus(ZonalStatusCode.Unavailable, "");
        var pauses = Enumerable.Range(1, 9).Select(n => RetryPause.After(n, status, _limit, random: 1).TotalMilliseconds);
        Assert.Equal([100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000], pauses);
        Assert.Equal(2500, RetryPause.After(20, status, _limit, random: 0).TotalMilliseconds);
    }

    [Fact]
    public void A_server_that_wishes_for_more_gets_it() =>
        Assert.Equal(TimeSpan.FromSeconds(7.5), RetryPause.After(1, Wishing(7, 500_000_000), _limit, random: 1));

    [Fact]
    public void Whatever_a_server_wishes_the_pause_is_bounded() => Prop.ForAll<long, int>((seconds, nanos) =>
    {
        foreach (var wish in new[] { seconds, long.MaxValue, long.MinValue })
        {
            var pause = RetryPause.After(1, Wishing(wish, nanos), _limit, random: 0.5);
            if (pause <= TimeSpan.Zero || pause > _limit) return false;
        }

        return true;
    }).QuickCheckThrowOnFailure();

    private static GrpcStatus Wishing(long seconds, int nanos) => new(ZonalStatusCode.Unavailable, "busy")
    {
        Details = new Google.Rpc.Status
        {
            Code = 14,
            Details = { Any.Pack(new RetryInfo { RetryDelay = new Duration { Seconds = seconds, Nanos = nanos } }) },
        },
    };
}
