using System.Text;
using ZonalStorage.Emulator.Grpc;

namespace ZonalStorage.Emulator.Services.Listing;

/// <summary>
/// Where the next page of a list starts, as an opaque text. It names a place, not a position, so pages stay right
/// while objects come and go.
/// </summary>
internal static class PageToken
{
    private const string Mark = "zonal:";

    public static string Write(string start) => Convert.ToBase64String(Encoding.UTF8.GetBytes(Mark + start));

    public static string? Read(string token)
    {
        if (token.Length == 0) return null;
        var bytes = new byte[token.Length];
        if (Convert.TryFromBase64String(token, bytes, out var n)
            && Encoding.UTF8.GetString(bytes, 0, n) is var text
            && text.StartsWith(Mark, StringComparison.Ordinal))
        {
            return text[Mark.Length..];
        }

        throw RpcFailure.Invalid("The page token is not one that this service gave out.");
    }

    /// <summary>Items of a page: up to 1000, the service's cap.</summary>
    public static int PageSize(int asked) => asked switch
    {
        < 0 => throw RpcFailure.Invalid("page_size must not be negative."),
        0 or > 1000 => 1000,
        _ => asked,
    };
}
