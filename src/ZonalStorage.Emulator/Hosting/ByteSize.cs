using System.Globalization;

namespace ZonalStorage.Emulator.Hosting;

/// <summary>Sizes on the command line: a number with an optional k, m, g or t, powers of 1024.</summary>
internal static class ByteSize
{
    public static bool TryParse(string text, out long bytes)
    {
        bytes = 0;
        if (text.Length == 0) return false;
        var shift = char.ToLowerInvariant(text[^1]) switch { 'k' => 10, 'm' => 20, 'g' => 30, 't' => 40, _ => 0 };
        var digits = shift > 0 ? text[..^1] : text;
        if (!double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var n))
        {
            return false;
        }

        n *= 1L << shift;
        if (n > long.MaxValue / 2) return false;
        bytes = (long)n;
        return true;
    }
}
