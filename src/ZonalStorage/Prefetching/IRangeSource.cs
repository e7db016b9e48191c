using ZonalStorage.Reading;

namespace ZonalStorage.Prefetching;

/// <summary>Where a prefetcher has its bytes from: one generation of one object.</summary>
internal interface IRangeSource
{
    /// <summary>Bytes of the object.</summary>
    long Size { get; }

    /// <summary>Asks for a range; its owner is told how it ended.</summary>
    void Add(RangeRead range);

    /// <summary>Fills all of <paramref name="destination"/>, which lies inside the object.</summary>
    Task FillAsync(long offset, Memory<byte> destination, ZonalProgress? progress, CancellationToken cancellationToken);
}
