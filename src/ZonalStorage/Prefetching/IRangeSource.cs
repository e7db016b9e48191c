using ZonalStorage.Reading;

namespace ZonalStorage.Prefetching;

/// <summary>Where a prefetcher has its bytes from: one generation of one object.</summary>
internal interface IRangeSource
{
    /// <summary>Bytes of the object.</summary>
    long Size { get; }

    /// <summary>Asks for ranges; their owners are told how they ended.</summary>
    void Add(IReadOnlyList<RangeRead> ranges);

    /// <summary>Fills all of <paramref name="destination"/>, which lies inside the object.</summary>
    Task FillAsync(long offset, Memory<byte> destination, ZonalProgress? progress, CancellationToken cancellationToken);
}
