using System.Globalization;
using System.Text;
using Google.Protobuf;

namespace ZonalStorage.Emulator.Grpc;

/// <summary>
/// Writes the end of a call: into the header block while nothing has been sent (a trailers-only answer), otherwise
/// into the trailers.
/// </summary>
internal static class StatusTrailers
{
    public static void WriteOk(HttpResponse response) => Put(response, "grpc-status", "0");

    public static void Write(HttpResponse response, RpcFailure failure)
    {
        Put(response, "grpc-status", ((int)failure.Code).ToString(CultureInfo.InvariantCulture));
        if (failure.Message.Length > 0) Put(response, "grpc-message", PercentEncode(failure.Message));
        if (failure.Details.Count > 0)
        {
            // Binary headers travel as base64, and the service leaves the padding away.
            var status = Convert.ToBase64String(failure.ToStatus().ToByteArray());
            Put(response, "grpc-status-details-bin", status.TrimEnd('='));
        }
    }

    private static void Put(HttpResponse response, string name, string value)
    {
        if (response.HasStarted) response.AppendTrailer(name, value);
        else response.Headers[name] = value;
    }

    private static string PercentEncode(string message)
    {
        var text = new StringBuilder(message.Length);
        foreach (var b in Encoding.UTF8.GetBytes(message))
        {
            if (b is >= 0x20 and <= 0x7E and not (byte)'%') text.Append((char)b);
            else text.Append('%').Append(b.ToString("X2", CultureInfo.InvariantCulture));
        }

        return text.ToString();
    }
}
