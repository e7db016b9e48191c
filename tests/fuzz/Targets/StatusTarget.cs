using System.Text;
using Google.Cloud.Storage.V2;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using ZonalStorage.Reading;
using ZonalStorage.Transport;
using ZonalStorage.Transport.Grpc;
using Status = Google.Rpc.Status;

namespace ZonalStorage.Fuzz.Targets;

/// <summary>
/// Trailers: the status code, a byte for the length of <c>grpc-message</c>, the message, and then
/// <c>grpc-status-details-bin</c>. Whatever they say, a read gets a verdict and its owner words.
/// </summary>
internal sealed class StatusTarget : FuzzTarget
{
    private static readonly ZonalUri _uri = new("bucket", "name");

    public override string Name => "status";

    public override long AllocationPerByte => 512;

    public override int Execute(ReadOnlySpan<byte> input)
    {
        if (input.Length < 2) return 0;
        var length = Math.Min(input[1], input.Length - 2);
        var status = GrpcStatusMapping.FromTrailers(
            (sbyte)input[0], input.Slice(2, length), Encoding.ASCII.GetString(input[(2 + length)..]));
        var verdict = ReadFailurePolicy.Judge(
            status, static id => id is > 0 and < 100, sentHandle: (input[0] & 1) != 0, canRefreshToken: true, hasConnected: true);
        var failed = ReadFailurePolicy.FailedRanges(status, static id => id is > 0 and < 100);
        Require(failed.Count < 100, "only outstanding ranges fail");
        Require(verdict != ReadVerdict.FailRanges || failed.Count > 0, "ranges fail where some are named");
        var hasRetry = RetryPause.TryGet(status, out var pause);
        Require(!hasRetry || pause >= TimeSpan.Zero, "no pause is negative");
        if (!status.IsOk) Require(ReadErrors.FromStatus(status, _uri).Message.Length > 0, "an error has words");
        return HashCode.Combine(status.Code, verdict, Math.Min(failed.Count, 5), hasRetry, status.Details?.Details.Count);
    }

    public override IEnumerable<(string Name, byte[] Bytes)> Seeds()
    {
        yield return ("ok", Trailers(0, "", null));
        yield return ("not-found", Trailers(5, "no such%20object", null));
        yield return ("redirect", Trailers(10, "elsewhere", new BidiReadObjectRedirectedError
        {
            RoutingToken = "token", ReadHandle = new BidiReadHandle { Handle = ByteString.CopyFromUtf8("handle") },
        }));
        yield return ("range-errors", Trailers(11, "bad range", new BidiReadObjectError
        {
            ReadRangeErrors =
            {
                new ReadRangeError { ReadId = 3, Status = new Status { Code = 11, Message = "past the end" } },
                new ReadRangeError { ReadId = 4 }, new ReadRangeError { ReadId = 400, Status = new Status { Code = 99 } },
            },
        }));
        yield return ("retry-info", Trailers(14, "busy", new RetryInfo { RetryDelay = new Duration { Seconds = 2, Nanos = 5 } }));
        yield return ("retry-info-odd", Trailers(14, "", new RetryInfo { RetryDelay = new Duration { Seconds = long.MaxValue, Nanos = -7 } }));
        yield return ("garbage", [13, 2, (byte)'%', (byte)'4', .. "!!not base64,,=="u8]);
    }

    private static byte[] Trailers(byte code, string message, IMessage? detail)
    {
        var details = new Status { Code = code, Message = message };
        if (detail is not null) details.Details.Add(Any.Pack(detail));
        var text = Convert.ToBase64String(details.ToByteArray()).TrimEnd('=');
        return [code, (byte)message.Length, .. Encoding.ASCII.GetBytes(message), .. Encoding.ASCII.GetBytes(text)];
    }
}
