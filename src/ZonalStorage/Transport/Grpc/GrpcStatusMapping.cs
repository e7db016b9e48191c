using System.Globalization;
using System.Text;
using Google.Protobuf;
using ZonalStorage.Transport.Http2;

namespace ZonalStorage.Transport.Grpc;

/// <summary>Statuses from what HTTP/2 says: trailers, HTTP status codes, resets.</summary>
internal static class GrpcStatusMapping
{
    /// <summary>The status of a response that named one by <c>grpc-status</c>.</summary>
    public static GrpcStatus FromTrailers(int code, ReadOnlySpan<byte> encodedMessage, string detailsBase64)
    {
        var known = Enum.IsDefined((ZonalStatusCode)code) ? (ZonalStatusCode)code : ZonalStatusCode.Unknown;
        if (known == ZonalStatusCode.Ok) return GrpcStatus.Success;
        return new GrpcStatus(known, DecodeMessage(encodedMessage)) { Details = DecodeDetails(detailsBase64) };
    }

    /// <summary>The status of a response without <c>grpc-status</c> ("HTTP to gRPC Status Code Mapping").</summary>
    public static GrpcStatus FromHttp(int httpStatus) => new(
        httpStatus switch
        {
            400 => ZonalStatusCode.Internal,
            401 => ZonalStatusCode.Unauthenticated,
            403 => ZonalStatusCode.PermissionDenied,
            404 => ZonalStatusCode.Unimplemented,
            429 or 502 or 503 or 504 => ZonalStatusCode.Unavailable,
            _ => ZonalStatusCode.Unknown,
        },
        string.Create(CultureInfo.InvariantCulture, $"The server answered HTTP {httpStatus} instead of gRPC."));

    /// <summary>The status of a stream that was reset ("HTTP2 Transport Mapping", errors).</summary>
    public static GrpcStatus FromReset(Http2ErrorCode code) => new(
        code switch
        {
            Http2ErrorCode.RefusedStream => ZonalStatusCode.Unavailable,
            Http2ErrorCode.Cancel => ZonalStatusCode.Cancelled,
            Http2ErrorCode.EnhanceYourCalm => ZonalStatusCode.ResourceExhausted,
            Http2ErrorCode.InadequateSecurity => ZonalStatusCode.PermissionDenied,
            _ => ZonalStatusCode.Internal,
        },
        $"The server reset the stream ({code}).")
    {
        // RFC 9113 §8.7: a refused stream was not processed.
        IsUnprocessed = code == Http2ErrorCode.RefusedStream,
    };

    /// <summary>The status of a stream whose connection is gone, or that never got to one.</summary>
    /// <remarks>
    /// Whoever gives up a call that is still waiting to begin, because it took too long, cancels that wait: the runtime's word
    /// for it, "A task was canceled", tells nobody anything.
    /// </remarks>
    public static GrpcStatus FromConnectionLoss(Exception cause, bool isUnprocessed) => cause is OperationCanceledException
        ? new(ZonalStatusCode.DeadlineExceeded, "The call could not begin in time: no token, connection, free stream or window.")
        {
            IsUnprocessed = isUnprocessed,
            IsOwnWords = true,
        }
        : new(cause is ZonalException known ? known.Code : ZonalStatusCode.Unavailable, cause.Message)
        {
            IsUnprocessed = isUnprocessed,
            Cause = cause,
        };

    /// <summary>Percent-decodes <c>grpc-message</c>; what is not well encoded stays as it is.</summary>
    public static string DecodeMessage(ReadOnlySpan<byte> encoded)
    {
        Span<byte> decoded = encoded.Length <= 1024 ? stackalloc byte[encoded.Length] : new byte[encoded.Length];
        var count = 0;
        for (var i = 0; i < encoded.Length; i++)
        {
            if (encoded[i] == '%' && i + 2 < encoded.Length
                && byte.TryParse(encoded.Slice(i + 1, 2), NumberStyles.AllowHexSpecifier, null, out var value))
            {
                decoded[count++] = value;
                i += 2;
            }
            else
            {
                decoded[count++] = encoded[i];
            }
        }

        return Encoding.UTF8.GetString(decoded[..count]);
    }

    /// <summary>
    /// Reads <c>grpc-status-details-bin</c>: base64, padded or not, of a <c>google.rpc.Status</c>; of several joined by
    /// commas the first.
    /// </summary>
    public static Google.Rpc.Status? DecodeDetails(string base64)
    {
        var comma = base64.IndexOf(',', StringComparison.Ordinal);
        var text = (comma < 0 ? base64 : base64[..comma]).Trim().TrimEnd('=');
        if (text.Length == 0) return null;
        var bytes = new byte[text.Length];
        if (!Convert.TryFromBase64String(text + new string('=', (4 - text.Length % 4) % 4), bytes, out var count))
            return null;
        try
        {
            return GrpcParsing.Parse<Google.Rpc.Status>(bytes.AsSpan(0, count));
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }
}
