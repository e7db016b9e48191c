using System.Globalization;

namespace ZonalStorage.Cmdlets.Parameters;

/// <summary>Reads sizes and offsets as people type them: <c>4096</c>, <c>64MB</c>, <c>64MiB</c>, <c>1.5 GB</c>, <c>-4KB</c>.</summary>
/// <remarks>All units are powers of 1024, as PowerShell's own <c>MB</c> is.</remarks>
internal static class SizeParser
{
    private const string Units = "KMGTP";

    /// <summary>Parses a number of bytes; false when it is none, not whole, or does not fit.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out long bytes)
    {
        bytes = 0;
        text = text.Trim();
        var digits = text.LastIndexOfAnyInRange('0', '9') + 1;
        if (digits == 0 || !TryUnit(text[digits..].Trim(), out var factor)) return false;
        if (!decimal.TryParse(
                text[..digits], NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint,
                CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        // Before the product, which may leave a decimal's 28 digits.
        if (Math.Abs(number) > (1m + long.MaxValue) / factor) return false;
        var value = number * factor;
        if (value != decimal.Truncate(value) || value is < long.MinValue or > long.MaxValue) return false;
        bytes = (long)value;
        return true;
    }

    // "", "B", "K", "KB", "KiB" and so on, in any case.
    private static bool TryUnit(ReadOnlySpan<char> unit, out long factor)
    {
        factor = 1;
        if (unit.IsEmpty || unit is "B" or "b") return true;
        var power = Units.IndexOf(char.ToUpperInvariant(unit[0]), StringComparison.Ordinal);
        if (power < 0) return false;
        factor = 1L << (10 * (power + 1));
        return unit[1..] is "" or "B" or "b" or "iB" or "ib" or "IB" or "Ib";
    }
}
