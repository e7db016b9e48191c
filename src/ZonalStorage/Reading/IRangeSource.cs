namespace ZonalStorage.Reading;

/// <summary>Where bytes come from: one generation of one object.</summary>
internal interface IRangeSource
{
    /// <summary>Bytes of the object.</summary>
    long Size { get; }

    /// <summary>Streams that it may have at most.</summary>
    int MaximumStreams { get; }

    /// <summary>Asks for ranges; their owners are told how they ended.</summary>
    /// <param name="ranges">In the order in which they are wanted.</param>
    /// <param name="streams">Streams to spread them over.</param>
    void Add(IReadOnlyList<RangeRead> ranges, int streams);

    /// <summary>Fills all of <paramref name="destination"/>, which lies inside the object, from several streams.</summary>
    /// <returns>CRC32C of the bytes, combined from those of the chunks.</returns>
    Task<uint> FillAsync(long offset, Memory<byte> destination, ZonalProgress? progress, CancellationToken cancellationToken);
}
