using System.Globalization;

namespace ZonalStorage;

/// <summary>A stretch of an object's bytes, before its size is known.</summary>
/// <param name="Offset">
/// First byte, from 0. Negative: that many bytes back from the end, clamped to the object's start.
/// </param>
/// <param name="Length">Bytes at most; null to the object's end; 0 is an empty range.</param>
public readonly record struct ByteRange(long Offset, long? Length = null)
{
    /// <summary>The whole object.</summary>
    public static ByteRange All => default;

    /// <summary>
    /// The bytes <c>[start, end)</c> that this range covers of an object of <paramref name="size"/> bytes.
    /// </summary>
    /// <returns>
    /// Absolute offset and length; the length is cut at the object's end.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The range starts after the object's end (starting exactly there is legal and empty), or its length is negative.
    /// </exception>
    public (long Offset, long Length) Resolve(long size)
    {
        if (Length is < 0)
            throw new ArgumentOutOfRangeException(nameof(size), Length, "The length of a range is 0 or more bytes.");
        if (Offset > size)
        {
            throw new ArgumentOutOfRangeException(
                nameof(size), Offset, $"The range starts at byte {Offset}, after the object's end at {size}.");
        }

        var start = Offset < 0 ? Math.Max(0, size + Offset) : Offset;
        return (start, Math.Min(Length ?? long.MaxValue, size - start));
    }

    /// <inheritdoc/>
    public override string ToString() => Length is { } length
        ? string.Create(CultureInfo.InvariantCulture, $"{Offset}+{length}")
        : Offset < 0
            ? Offset.ToString(CultureInfo.InvariantCulture)
            : string.Create(CultureInfo.InvariantCulture, $"{Offset}-");
}
