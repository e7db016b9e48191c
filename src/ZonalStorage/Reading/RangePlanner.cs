namespace ZonalStorage.Reading;

/// <summary>How a read becomes ranges on the wire.</summary>
internal static class RangePlanner
{
    /// <summary>Splits a read into parts that streams fetch side by side.</summary>
    /// <param name="extent">What is read.</param>
    /// <param name="concurrency">Parts at most.</param>
    /// <param name="minimumPart">Bytes that a part has at least, unless the whole read has fewer.</param>
    /// <returns>
    /// No part for nothing; else min(concurrency, length ÷ minimum) parts, at least one, of equal length; the remainder goes
    /// to the last. In order and without gap or overlap.
    /// </returns>
    /// <remarks>A part is never empty: on the wire a length of 0 would mean "to the end".</remarks>
    public static Extent[] Split(Extent extent, int concurrency, long minimumPart)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(extent.Length, nameof(extent));
        if (extent.Length == 0) return [];
        var count = (int)Math.Clamp(extent.Length / Math.Max(1, minimumPart), 1, Math.Max(1, concurrency));
        var length = extent.Length / count;
        var parts = new Extent[count];
        for (var i = 0; i < count; i++) parts[i] = new Extent(extent.Offset + i * length, length);
        parts[^1] = parts[^1] with { Length = extent.End - parts[^1].Offset };
        return parts;
    }
}
