namespace ZonalStorage.Cmdlets.Operations;

/// <summary>One range of one object.</summary>
internal readonly record struct RangeRequest(ZonalUri Uri, ByteRange Range);
