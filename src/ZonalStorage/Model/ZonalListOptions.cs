namespace ZonalStorage;

/// <summary>What to list.</summary>
public sealed record ZonalListOptions
{
    /// <summary>Only names that begin so; empty for all.</summary>
    public string Prefix { get; init; } = "";

    /// <summary><c>/</c> to list one level, with deeper names folded into prefixes; null for all levels.</summary>
    public string? Delimiter { get; init; }

    /// <summary>Only names that match this glob (<c>*</c>, <c>**</c>, <c>?</c>, <c>[…]</c>), judged by the service; null for all.</summary>
    public string? Glob { get; init; }

    /// <summary>
    /// Entries asked for at a time, 1 to 1000; fewer are asked for where a page would be over
    /// <see cref="ZonalSessionOptions.MaximumMetadataMessage"/>.
    /// </summary>
    public int PageSize { get; init; } = 1000;
}
