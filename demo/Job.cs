namespace ZonalStorage.Demo;

/// <summary>One read that the demo does: the whole object, or ranges of it.</summary>
/// <param name="Title">What it shows.</param>
/// <param name="Uri">The object.</param>
/// <param name="Original">The file that was uploaded as the object.</param>
/// <param name="ToFile">Write the whole object to a file instead of to memory.</param>
/// <param name="Ranges">Ranges as they are typed in PowerShell, and what they mean; none for the whole object.</param>
internal sealed record Job(
    string Title, ZonalUri Uri, string Original, bool ToFile, IReadOnlyList<(string Text, ByteRange Range)> Ranges)
{
    /// <summary>The parts of the original that have to come back.</summary>
    public IEnumerable<ByteRange> Parts => Ranges.Count == 0 ? [ByteRange.All] : Ranges.Select(range => range.Range);
}

/// <summary>A part that was read.</summary>
internal sealed record Part(long Bytes, string Sha256);

/// <summary>What a job gave.</summary>
internal sealed record JobResult(double Seconds, IReadOnlyList<Part> Parts);
