using ZonalStorage.Reading;

namespace ZonalStorage.Writing;

/// <summary>How uploads fail, in words for whoever asked.</summary>
internal static class UploadErrors
{
    private const string Remains = "Try again; what was sent may remain as an unfinished object.";

    /// <summary>The service takes nothing more.</summary>
    public static ZonalException Stalled(ZonalUri uri, TimeSpan limit) => new(
        ZonalErrorIds.DeadlineExceeded, ZonalStatusCode.DeadlineExceeded,
        FormattableString.Invariant($"The service has taken no byte of the upload of '{uri}' for {limit.TotalSeconds:0.###} s."),
        "Check the network, or raise StallTimeout. " + Remains, uri.ToString());

    /// <summary>Everything was sent, and nothing said to it.</summary>
    public static ZonalException Unanswered(ZonalUri uri, TimeSpan limit) => new(
        ZonalErrorIds.DeadlineExceeded, ZonalStatusCode.DeadlineExceeded,
        FormattableString.Invariant($"The service did not confirm the upload of '{uri}' within {limit.TotalSeconds:0.###} s."),
        "Look whether the object is there before it is uploaded again, or raise CallTimeout.", uri.ToString());

    /// <summary>The call did not begin.</summary>
    public static ZonalException NotStarted(ZonalUri uri, TimeSpan limit) => new(
        ZonalErrorIds.DeadlineExceeded, ZonalStatusCode.DeadlineExceeded,
        FormattableString.Invariant(
            $"The upload of '{uri}' could not begin within {limit.TotalSeconds:0.###} s: no token, connection or free stream."),
        "Try again, or raise CallTimeout.", uri.ToString());

    /// <summary>The call ended well, and no object was told.</summary>
    public static ZonalException Unconfirmed(ZonalUri uri) => new(
        ZonalErrorIds.UploadUnconfirmed, ZonalStatusCode.Internal, $"The service did not confirm the upload of '{uri}'.",
        "Look at the object, then upload again.", uri.ToString());

    /// <summary>What the service has is not what was sent.</summary>
    public static ZonalException OtherContent(ZonalUri uri, string sent, string stored) => new(
        ZonalErrorIds.UploadUnconfirmed, ZonalStatusCode.DataLoss,
        $"The service has {stored} of '{uri}' where {sent} were sent.",
        "Remove the object and upload it again.", uri.ToString());

    /// <summary>See <see cref="ReadErrors.Closed"/>.</summary>
    public static ObjectDisposedException Closed() => ReadErrors.Closed();
}
