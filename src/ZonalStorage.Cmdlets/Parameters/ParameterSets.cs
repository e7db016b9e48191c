namespace ZonalStorage.Cmdlets.Parameters;

/// <summary>Names of the parameter sets: how the object is addressed, and whether ranges are listed.</summary>
internal static class ParameterSets
{
    public const string Uri = nameof(Uri);
    public const string Name = nameof(Name);
    public const string UriRanges = nameof(UriRanges);
    public const string NameRanges = nameof(NameRanges);
    public const string ListFile = nameof(ListFile);
}
