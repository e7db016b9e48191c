namespace ZonalStorage.Cmdlets.Operations;

/// <summary>Ranges of one object, as one record asked for them.</summary>
internal readonly record struct RangeRequest(ZonalUri Uri, IReadOnlyList<ByteRange> Ranges);
