using System.Globalization;
using System.Text;

namespace ZonalStorage.Cmdlets.Saving;

/// <summary>Names of objects as relative paths that are right on every system, and back.</summary>
/// <remarks>
/// <para>
/// The same on all systems, so that a folder can move between them. What stands for itself stays as it is; the rest is
/// written <c>%HH</c>, a byte of UTF-8 each: control characters, <c>&lt;&gt;:"|?*\</c>, a <c>%</c> before two hexadecimal
/// digits, a blank or full stop at the end of a segment (so <c>.</c> and <c>..</c> too), the first letter of a name that
/// Windows keeps for devices, and the last of a name that a transfer uses for itself (<c>.partial</c>, <c>.journal</c>).
/// </para>
/// <para>
/// A slash separates two segments that are not empty; any other (at the start or end, or behind another) is written
/// <c>%2F</c>. So no path begins with a separator, has an empty segment, or leads upwards, and <see cref="ToName"/> gives
/// the name back, whatever it was.
/// </para>
/// </remarks>
internal static class LocalNames
{
    private const string Forbidden = "<>:\"|?*\\";

    private static readonly string[] _devices = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"];
    private static readonly string[] _ownSuffixes = [".partial", ".journal"];

    /// <summary>The path, with <c>/</c> between segments.</summary>
    public static string ToPath(string name)
    {
        var path = new StringBuilder(name.Length + 8);
        var start = 0;
        for (var i = 0; i <= name.Length; i++)
        {
            var isSeparator = i < name.Length && name[i] == '/' && i > start && i < name.Length - 1;
            if (!isSeparator && i < name.Length) continue;
            if (start > 0) path.Append('/');
            AppendSegment(path, name.AsSpan(start, i - start));
            start = i + 1;
        }

        return path.ToString();
    }

    /// <summary>The file's name alone: that of the last segment of the object's name.</summary>
    public static string ToFlatName(string name)
    {
        var trimmed = name.TrimEnd('/');
        var path = new StringBuilder();
        AppendSegment(path, name.AsSpan(trimmed.LastIndexOf('/') + 1));
        return path.ToString();
    }

    /// <summary>The object's name that <see cref="ToPath"/> made a path from.</summary>
    public static string ToName(string path)
    {
        if (!path.Contains('%', StringComparison.Ordinal)) return path;
        var bytes = Encoding.UTF8.GetBytes(path);
        var length = 0;
        for (var i = 0; i < bytes.Length; i++)
        {
            var isEscape = bytes[i] == '%' && i + 2 < bytes.Length && char.IsAsciiHexDigit((char)bytes[i + 1])
                && char.IsAsciiHexDigit((char)bytes[i + 2]);
            if (!isEscape)
            {
                bytes[length++] = bytes[i];
                continue;
            }

            bytes[length++] = byte.Parse(
                [(char)bytes[i + 1], (char)bytes[i + 2]], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            i += 2;
        }

        return Encoding.UTF8.GetString(bytes, 0, length);
    }

    private static void AppendSegment(StringBuilder path, ReadOnlySpan<char> segment)
    {
        var escapedFirst = IsDevice(segment);
        var escapedLast = segment.Length > 0 && (segment[^1] is '.' or ' ' || EndsWithOwnSuffix(segment));
        for (var i = 0; i < segment.Length; i++)
        {
            var c = segment[i];
            var isEscaped = char.IsControl(c) || c == '/' || Forbidden.Contains(c, StringComparison.Ordinal)
                || (c == '%' && i + 2 < segment.Length && char.IsAsciiHexDigit(segment[i + 1]) && char.IsAsciiHexDigit(segment[i + 2]))
                || (i == 0 && escapedFirst) || (i == segment.Length - 1 && escapedLast)
                // ".." and "...": no full stop of them stays, so that nothing is left that leads anywhere.
                || (c == '.' && segment.TrimStart('.').Length == 0);
            if (isEscaped) AppendEscaped(path, c);
            else path.Append(c);
        }
    }

    private static void AppendEscaped(StringBuilder path, char c)
    {
        Span<byte> bytes = stackalloc byte[3];
        foreach (var b in bytes[..Encoding.UTF8.GetBytes([c], bytes)])
            path.Append('%').Append(b.ToString("X2", CultureInfo.InvariantCulture));
    }

    // Windows takes NUL, NUL.txt and "NUL .txt" for the device, in either case, and COM1 with a superscript digit.
    private static bool IsDevice(ReadOnlySpan<char> segment)
    {
        var dot = segment.IndexOf('.');
        var stem = (dot < 0 ? segment : segment[..dot]).TrimEnd(' ');
        foreach (var device in _devices)
        {
            if (stem.Equals(device, StringComparison.OrdinalIgnoreCase)) return true;
        }

        return stem.Length == 4 && (char.IsAsciiDigit(stem[3]) || stem[3] is '¹' or '²' or '³')
            && (stem[..3].Equals("COM", StringComparison.OrdinalIgnoreCase) || stem[..3].Equals("LPT", StringComparison.OrdinalIgnoreCase));
    }

    private static bool EndsWithOwnSuffix(ReadOnlySpan<char> segment)
    {
        foreach (var suffix in _ownSuffixes)
        {
            if (segment.EndsWith(suffix, StringComparison.OrdinalIgnoreCase)) return true;
        }

        return false;
    }
}
