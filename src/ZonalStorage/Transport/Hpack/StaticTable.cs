using System.Text;

namespace ZonalStorage.Transport.Hpack;

/// <summary>The header fields that every HPACK coder knows (RFC 7541, Appendix A), numbered from 1.</summary>
internal static class StaticTable
{
    public const int Authority = 1;
    public const int MethodPost = 3;
    public const int Path = 4;
    public const int SchemeHttp = 6;
    public const int SchemeHttps = 7;
    public const int Authorization = 23;

    /// <summary>Number of fields; the dynamic table is numbered on from here.</summary>
    public const int Count = 61;

    private static readonly (byte[] Name, byte[] Value)[] _fields =
    [
        F(":authority"), F(":method", "GET"), F(":method", "POST"), F(":path", "/"), F(":path", "/index.html"),
        F(":scheme", "http"), F(":scheme", "https"), F(":status", "200"), F(":status", "204"), F(":status", "206"),
        F(":status", "304"), F(":status", "400"), F(":status", "404"), F(":status", "500"), F("accept-charset"),
        F("accept-encoding", "gzip, deflate"), F("accept-language"), F("accept-ranges"), F("accept"),
        F("access-control-allow-origin"), F("age"), F("allow"), F("authorization"), F("cache-control"),
        F("content-disposition"), F("content-encoding"), F("content-language"), F("content-length"),
        F("content-location"), F("content-range"), F("content-type"), F("cookie"), F("date"), F("etag"), F("expect"),
        F("expires"), F("from"), F("host"), F("if-match"), F("if-modified-since"), F("if-none-match"), F("if-range"),
        F("if-unmodified-since"), F("last-modified"), F("link"), F("location"), F("max-forwards"),
        F("proxy-authenticate"), F("proxy-authorization"), F("range"), F("referer"), F("refresh"), F("retry-after"),
        F("server"), F("set-cookie"), F("strict-transport-security"), F("transfer-encoding"), F("user-agent"),
        F("vary"), F("via"), F("www-authenticate"),
    ];

    /// <summary>Name of the field with a number from 1 to <see cref="Count"/>.</summary>
    public static ReadOnlySpan<byte> GetName(int index) => _fields[index - 1].Name;

    /// <summary>Value of the field with a number from 1 to <see cref="Count"/>; empty for those that are a name only.</summary>
    public static ReadOnlySpan<byte> GetValue(int index) => _fields[index - 1].Value;

    private static (byte[] Name, byte[] Value) F(string name, string value = "") =>
        (Encoding.ASCII.GetBytes(name), Encoding.ASCII.GetBytes(value));
}
