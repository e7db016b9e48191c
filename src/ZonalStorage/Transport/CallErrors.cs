using ZonalStorage.Transport.Grpc;

namespace ZonalStorage.Transport;

/// <summary>How calls fail without the server's doing.</summary>
internal static class CallErrors
{
    /// <summary>An attempt's limit has passed.</summary>
    /// <param name="lacking">What had not come yet, such as <c>answer</c>.</param>
    /// <param name="limit">The limit.</param>
    public static GrpcStatus TooLate(string lacking, TimeSpan limit) => new(
        ZonalStatusCode.DeadlineExceeded,
        FormattableString.Invariant($"There was no {lacking} within {limit.TotalSeconds:0.###} s."))
    { IsOwnWords = true };

    /// <summary>An answer is not one that gRPC allows, or cannot be read.</summary>
    public static GrpcStatus Malformed(string message) => new(ZonalStatusCode.Internal, message) { IsOwnWords = true };

    /// <summary>Retries are used up: the last status, and how many there were.</summary>
    public static GrpcStatus GaveUp(GrpcStatus last, int attempts, TimeSpan elapsed) => last with
    {
        Message = FormattableString.Invariant($"{last.Message} ({attempts} attempts in {elapsed.TotalSeconds:0.0} s)").TrimStart(),
    };

    /// <summary>A message of metadata that is over the limit, which no repetition makes smaller.</summary>
    public static GrpcStatus TooLarge(MessageTooLongException cause) => new(ZonalStatusCode.ResourceExhausted, cause.Message)
    {
        Cause = new ZonalException(
            ZonalErrorIds.MetadataTooLarge, ZonalStatusCode.ResourceExhausted,
            FormattableString.Invariant(
                $"The service sent {cause.Announced} bytes of metadata in one message, where {cause.Limit} are allowed."),
            "Raise MaximumMetadataMessage of the session, or list fewer entries per page.", inner: cause),
    };
}
