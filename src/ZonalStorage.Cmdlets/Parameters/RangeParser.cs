namespace ZonalStorage.Cmdlets.Parameters;

/// <summary>Reads byte ranges as people type them.</summary>
/// <remarks>
/// <c>0-1023</c> first and last byte; <c>4096-</c> to the end; <c>-4096</c> the last ones; <c>1MB+64KB</c> offset and
/// length; <c>-1MB+64KB</c> with an offset from the end. Every number may carry a unit.
/// </remarks>
internal static class RangeParser
{
    /// <summary>What to type; ends every message about a range that is none.</summary>
    public const string Forms =
        "Type FIRST-LAST such as 0-1023, OFFSET+LENGTH such as 1MB+64KB, OFFSET- for all from there, or -COUNT for the last bytes.";

    /// <summary>Parses a range; the problem says what to type instead.</summary>
    public static bool TryParse(string? text, out ByteRange range, out string problem)
    {
        range = default;
        problem = "";
        var span = text.AsSpan().Trim();
        var ok = span.IndexOf('+') is >= 0 and var plus
            ? TryOffsetLength(span[..plus], span[(plus + 1)..], out range)
            : TryFirstLast(span, out range);
        if (!ok) problem = $"'{text}' is not a byte range. {Forms}";
        return ok;
    }

    private static bool TryOffsetLength(ReadOnlySpan<char> first, ReadOnlySpan<char> second, out ByteRange range)
    {
        range = default;
        if (!SizeParser.TryParse(first, out var offset) || !SizeParser.TryParse(second, out var length) || length < 0)
            return false;
        range = new ByteRange(offset, length);
        return true;
    }

    private static bool TryFirstLast(ReadOnlySpan<char> text, out ByteRange range)
    {
        range = default;
        var dash = text.IndexOf('-');
        if (dash < 0) return false;
        if (dash == 0)
        {
            if (!SizeParser.TryParse(text[1..], out var count) || count < 0) return false;
            // "The last 0 bytes" is empty, while offset 0 to the end would be everything.
            range = count == 0 ? new ByteRange(0, 0) : new ByteRange(-count);
            return true;
        }

        if (!SizeParser.TryParse(text[..dash], out var first) || first < 0) return false;
        var rest = text[(dash + 1)..].Trim();
        if (rest.IsEmpty)
        {
            range = new ByteRange(first);
            return true;
        }

        if (!SizeParser.TryParse(rest, out var last) || last < first || last == long.MaxValue) return false;
        range = new ByteRange(first, last - first + 1);
        return true;
    }
}
