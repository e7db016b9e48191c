using Google.Cloud.Storage.V2;
using ZonalStorage.Transport;
using ZonalStorage.Transport.Grpc;

namespace ZonalStorage.Reading;

/// <summary>What to do after a read stream has ended.</summary>
internal enum ReadVerdict
{
    /// <summary>Open another after a pause, and ask for the rest.</summary>
    Retry,

    /// <summary>Open another at once, with the routing token that the server gave.</summary>
    Redirect,

    /// <summary>Some ranges have failed for good; open another at once for the others.</summary>
    FailRanges,

    /// <summary>Fetch a new token and open another at once.</summary>
    RefreshToken,

    /// <summary>Open another at once without the read handle, which the server did not like.</summary>
    DropHandle,

    /// <summary>Nothing will help.</summary>
    GiveUp,
}

/// <summary>Judges how a read stream ended. Pure: everything it depends on is an argument.</summary>
/// <remarks>
/// Rules that the service's own clients share: UNAVAILABLE, INTERNAL, RESOURCE_EXHAUSTED, DEADLINE_EXCEEDED and broken
/// connections are transient; so is OK with ranges outstanding. A server-side CANCELLED is transient too (the C++ client maps
/// it to UNAVAILABLE). ABORTED is a redirect where the detail says so and transient otherwise, since reads carry no
/// precondition that could cause it. Only the ranges that a BidiReadObjectError lists have failed.
/// </remarks>
internal static class ReadFailurePolicy
{
    /// <summary>Judges.</summary>
    /// <param name="status">How the stream ended.</param>
    /// <param name="isOutstanding">Whether a read id was outstanding on it.</param>
    /// <param name="sentHandle">The open carried a read handle and nothing was answered to it.</param>
    /// <param name="canRefreshToken">There is a token and it was not refreshed for this yet.</param>
    /// <param name="hasConnected">The endpoint has been reached before: it is right, and if it does not answer it is down.</param>
    public static ReadVerdict Judge(
        GrpcStatus status, Func<long, bool> isOutstanding, bool sentHandle, bool canRefreshToken, bool hasConnected)
    {
        if (status.TryGetDetail<BidiReadObjectRedirectedError>(out _) && status.Code == ZonalStatusCode.Aborted)
            return ReadVerdict.Redirect;
        if (FailedRanges(status, isOutstanding).Count > 0) return ReadVerdict.FailRanges;
        if (status.IsOk || TransientFailure.MayPass(status, hasConnected)) return ReadVerdict.Retry;
        if (status.Cause is ZonalException or ObjectDisposedException) return ReadVerdict.GiveUp;
        if (status.Code == ZonalStatusCode.Unauthenticated && canRefreshToken) return ReadVerdict.RefreshToken;
        return sentHandle ? ReadVerdict.DropHandle : ReadVerdict.GiveUp;
    }

    /// <summary>The outstanding ranges that the status names as failed, with their own statuses.</summary>
    public static IReadOnlyDictionary<long, GrpcStatus> FailedRanges(GrpcStatus status, Func<long, bool> isOutstanding)
    {
        var failed = new Dictionary<long, GrpcStatus>();
        if (!status.TryGetDetail<BidiReadObjectError>(out var detail)) return failed;
        foreach (var error in detail.ReadRangeErrors)
        {
            if (!isOutstanding(error.ReadId)) continue;
            // A range error without a status of its own has that of the stream.
            var code = (ZonalStatusCode)(error.Status?.Code ?? 0);
            failed[error.ReadId] = code == ZonalStatusCode.Ok || !Enum.IsDefined(code)
                ? status
                : new GrpcStatus(code, error.Status!.Message);
        }

        return failed;
    }
}
