namespace ZonalStorage.Reading;

/// <summary>A stretch of an object, absolute and inside it.</summary>
/// <param name="Offset">First byte.</param>
/// <param name="Length">Bytes.</param>
/// <remarks>No object has more than 2^60 bytes (checked where its size comes in), so sums of two do not overflow.</remarks>
internal readonly record struct Extent(long Offset, long Length)
{
    /// <summary>First byte behind it.</summary>
    public long End => Offset + Length;
}
