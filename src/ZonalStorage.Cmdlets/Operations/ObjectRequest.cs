namespace ZonalStorage.Cmdlets.Operations;

/// <summary>An object, or a slice of it, to be brought to memory or to a file.</summary>
/// <param name="Uri">The object.</param>
/// <param name="Range">The slice.</param>
/// <param name="Path">File to write, as a full path; null for memory.</param>
internal sealed record ObjectRequest(ZonalUri Uri, ByteRange Range, string? Path);
