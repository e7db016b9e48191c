using ZonalStorage.Transport.Grpc;
using ZonalStorage.Transport.Sockets;

namespace ZonalStorage.Reading;

/// <summary>Failures of calls about an object or a bucket, in words for whoever asked.</summary>
internal static class ReadErrors
{
    /// <summary>The error that a status means for the operation on <paramref name="uri"/>.</summary>
    public static ZonalException FromStatus(GrpcStatus status, ZonalUri uri)
    {
        // What went wrong with the connection has its own words.
        if (status.Cause is ZonalException known) return known;
        var says = SayingOf(status);
        var what = uri.IsBucket ? "bucket" : "object";
        return status.Code switch
        {
            ZonalStatusCode.NotFound when uri.IsBucket => Make(
                ZonalErrorIds.BucketNotFound, $"There is no bucket '{uri.Bucket}'.{says}", "Check the bucket's name.", status, uri),
            ZonalStatusCode.NotFound => Make(
                ZonalErrorIds.ObjectNotFound,
                $"There is no object '{uri}'.{says}",
                $"Check the name: upper and lower case differ. List with: Get-ZonalObjectInfo gs://{uri.Bucket}",
                status, uri),
            ZonalStatusCode.PermissionDenied => Make(
                ZonalErrorIds.PermissionDenied, $"No permission for {what} '{uri}'.{says}",
                $"Ask for storage.objects.{(uri.IsBucket ? "list" : "get")} on the bucket, or use another credential.", status, uri),
            ZonalStatusCode.Unauthenticated => Make(
                ZonalErrorIds.Unauthenticated, $"The service does not accept the credential for '{uri}'.{says}",
                "Log in again by 'gcloud auth application-default login', or give a credential file.", status, uri),
            ZonalStatusCode.OutOfRange => OutOfRange(uri, status.Message),
            ZonalStatusCode.DeadlineExceeded => Make(
                ZonalErrorIds.DeadlineExceeded, $"The service did not answer in time about '{uri}'.{says}",
                "Try again, or raise CallTimeout and ResumeTimeout.", status, uri),
            ZonalStatusCode.Unavailable => Make(
                ZonalErrorIds.ServiceUnavailable, $"The service is not available for '{uri}'.{says}",
                "Try again; check the network.", status, uri),
            ZonalStatusCode.Unimplemented => Make(
                ZonalErrorIds.NotSupportedByServer, $"The server does not support this call.{says}",
                "Check that the endpoint is a Cloud Storage gRPC endpoint and the bucket zonal.", status, uri),
            _ => Make(ZonalErrorIds.Of(status.Code), $"Failed for '{uri}': {status.Code}.{says}", null, status, uri),
        };
    }

    /// <summary>The error that a status means for a listing of a project's buckets.</summary>
    public static ZonalException OfProject(GrpcStatus status, string project)
    {
        if (status.Cause is ZonalException known) return known;
        var action = status.Code switch
        {
            ZonalStatusCode.PermissionDenied => "Ask for storage.buckets.list on the project, or use another credential.",
            ZonalStatusCode.NotFound => "Check the project's name.",
            ZonalStatusCode.DeadlineExceeded => "Try again, or raise CallTimeout and ResumeTimeout.",
            ZonalStatusCode.Unavailable => "Try again; check the network.",
            _ => null,
        };
        return new ZonalException(
            status.Code == ZonalStatusCode.NotFound ? ZonalErrorIds.BucketNotFound : ZonalErrorIds.Of(status.Code), status.Code,
            $"The buckets of '{project}' cannot be listed: {status.Code}.{SayingOf(status)}", action, project, status.Cause);
    }

    /// <summary>A range starts after the object's end.</summary>
    public static ZonalException OutOfRange(ZonalUri uri, string detail) => new(
        ZonalErrorIds.RangeOutOfBounds,
        ZonalStatusCode.OutOfRange,
        $"A range starts after the end of '{uri}': {detail.TrimEnd('.')}.",
        "Give an offset up to the object's size; Get-ZonalObjectInfo shows it.",
        uri.ToString());

    /// <summary>The same chunk was damaged again and again.</summary>
    public static ZonalException Damaged(ZonalUri uri, RangeRead range, RangeFault fault) => new(
        fault switch
        {
            RangeFault.Checksum => ZonalErrorIds.ChecksumMismatch,
            RangeFault.ChecksumMissing => ZonalErrorIds.ChecksumMissing,
            _ => ZonalErrorIds.WrongBytes,
        },
        ZonalStatusCode.DataLoss,
        fault switch
        {
            RangeFault.Checksum => $"Bytes from {range.NextOffset} on of '{uri}' did not match their CRC32C, repeatedly.",
            RangeFault.ChecksumMissing => $"Bytes from {range.NextOffset} on of '{uri}' came without a CRC32C, repeatedly.",
            RangeFault.EndedShort =>
                $"The server ended a range of '{uri}' at byte {range.NextOffset}, before its end at "
                + $"{range.Offset + range.Length}, repeatedly.",
            RangeFault.Gap => $"The server left out bytes from {range.NextOffset} on of '{uri}', repeatedly.",
            RangeFault.Overlap => $"The server sent bytes before {range.NextOffset} of '{uri}' again, repeatedly.",
            RangeFault.WrongLength => $"The server gave bytes from {range.NextOffset} on of '{uri}' a wrong length, repeatedly.",
            _ => $"The server sent bytes behind the end of '{uri}', repeatedly.",
        },
        fault == RangeFault.ChecksumMissing
            ? "Nothing unchecked was handed out. A server that never sends checksums can be read with AllowMissingChecksums."
            : "Something between the service and this machine damages data; nothing wrong was handed out. Try again.",
        uri.ToString());

    /// <summary>A stream ended well with work left.</summary>
    public static ZonalException EndedEarly(ZonalUri uri) => new(
        ZonalErrorIds.StreamEndedEarly, ZonalStatusCode.Unavailable, "The server ended the stream before the last byte.",
        target: uri.ToString());

    /// <summary>Every chunk matched its checksum, and all of them together not the object's.</summary>
    public static ZonalException WholeDamaged(ZonalUri uri, uint actual, uint expected) => new(
        ZonalErrorIds.ChecksumMismatch,
        ZonalStatusCode.DataLoss,
        $"The bytes of '{uri}' have CRC32C {actual:x8}, the object has {expected:x8}.",
        "Nothing wrong was handed out. Try again.",
        uri.ToString());

    /// <summary>The server has ended a range well, and short of what the object has there.</summary>
    public static ZonalException Short(ZonalUri uri, long actual, long expected) => new(
        ZonalErrorIds.WrongBytes,
        ZonalStatusCode.DataLoss,
        FormattableString.Invariant($"'{uri}' gave {actual} bytes where it has {expected}."),
        "Read it again.",
        uri.ToString());

    /// <summary>The object has fewer bytes than the service said when it was opened.</summary>
    public static ZonalException EndedBeforeSize(ZonalUri uri, long size, Exception inner) => new(
        ZonalErrorIds.WrongBytes, ZonalStatusCode.DataLoss, $"'{uri}' ended before its size of {size} bytes. {inner.Message}",
        "Read it again.", uri.ToString(), inner);

    /// <summary>Retries are used up.</summary>
    public static ZonalException GaveUp(ZonalUri uri, int attempts, TimeSpan elapsed, ZonalException last) => new(
        last.ErrorId,
        last.Code,
        FormattableString.Invariant(
            $"Gave up reading '{uri}' after {attempts} attempts in {elapsed.TotalSeconds:0.0} s. {last.Message}"),
        last.RecommendedAction,
        uri.ToString(),
        last);

    /// <summary>A redirect led to a redirect, and so on.</summary>
    public static ZonalException TooManyRedirects(ZonalUri uri, int count) => new(
        ZonalErrorIds.TooManyRedirects,
        ZonalStatusCode.Aborted,
        $"The service redirected the read of '{uri}' {count} times in a row without an answer.",
        "Try again later; report it to the service if it lasts.",
        uri.ToString());

    /// <summary>An array cannot hold it.</summary>
    public static ZonalException TooLarge(ZonalUri uri, long length) => new(
        ZonalErrorIds.ObjectTooLarge,
        ZonalStatusCode.ResourceExhausted,
        $"{length} bytes of '{uri}' do not fit into one array, which holds {Array.MaxLength} bytes at most.",
        "Write it to a file by -Destination, or read it in parts by -Offset and -Length.",
        uri.ToString());

    /// <summary>The session was closed while somebody read.</summary>
    public static ObjectDisposedException Closed() => ConnectErrors.Closed();

    /// <summary>The reader was closed while somebody read.</summary>
    public static ObjectDisposedException ReaderClosed() => new("ZonalObjectReader", "The reader was closed.");

    /// <summary>Another request for the same bytes came first; nobody sees it.</summary>
    public static OperationCanceledException Overtaken() => new("Another request for the same bytes was faster.");

    private static string SayingOf(GrpcStatus status) => status.Message.Length == 0 ? ""
        : status.IsOwnWords ? " " + status.Message
        : $" The service says: {status.Message}";

    private static ZonalException Make(
        string id, string message, string? action, GrpcStatus status, ZonalUri uri) =>
        new(id, status.Code, message, action, uri.ToString(), status.Cause);
}
