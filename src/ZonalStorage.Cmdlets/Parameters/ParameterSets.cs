namespace ZonalStorage.Cmdlets.Parameters;

/// <summary>Names of the parameter sets: how the object is addressed, and what becomes of its bytes.</summary>
internal static class ParameterSets
{
    public const string Uri = nameof(Uri);
    public const string Name = nameof(Name);
    public const string UriToFile = nameof(UriToFile);
    public const string NameToFile = nameof(NameToFile);
    public const string UriRanges = nameof(UriRanges);
    public const string NameRanges = nameof(NameRanges);
    public const string UriInto = nameof(UriInto);
    public const string NameInto = nameof(NameInto);
}
