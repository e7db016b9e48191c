using System.Globalization;

namespace ZonalStorage.Cmdlets.Progress;

/// <summary>Sizes and rates as people read them; also called from the module's views.</summary>
public static class HumanSize
{
    private static readonly string[] _units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

    /// <summary>Bytes with a binary unit and three figures or so: <c>512 B</c>, <c>1.5 KiB</c>, <c>12.0 GiB</c>.</summary>
    public static string Format(double bytes)
    {
        var unit = 0;
        // 999.5: what would round to four figures goes to the next unit.
        while (Math.Abs(bytes) >= 999.5 && unit < _units.Length - 1)
        {
            bytes /= 1024;
            unit++;
        }

        var format = unit == 0 ? "0" : Math.Abs(bytes) >= 99.95 ? "0" : "0.0";
        return bytes.ToString(format, CultureInfo.InvariantCulture) + " " + _units[unit];
    }

    /// <summary>Bytes per second, <c>2.1 GiB/s</c>.</summary>
    public static string FormatRate(double bytesPerSecond) => Format(bytesPerSecond) + "/s";
}
