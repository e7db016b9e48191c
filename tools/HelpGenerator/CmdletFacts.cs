namespace ZonalStorage.HelpGenerator;

/// <summary>A cmdlet as PowerShell sees it.</summary>
public sealed record CmdletFacts(
    string Verb,
    string Noun,
    string? DefaultSet,
    bool SupportsShouldProcess,
    IReadOnlyList<ParameterFacts> Parameters,
    IReadOnlyList<string> OutputTypes)
{
    private const string AllSets = "__AllParameterSets";

    /// <summary>Verb and noun.</summary>
    public string Name => $"{Verb}-{Noun}";

    /// <summary>Parameter sets, the default one first; one without a name if there are none.</summary>
    public IReadOnlyList<string> Sets
    {
        get
        {
            var names = Parameters.SelectMany(static p => p.Sets).Select(static s => s.Name).OfType<string>().Distinct(StringComparer.Ordinal)
                .OrderByDescending(n => n == DefaultSet).ToList();
            return names.Count == 0 ? [AllSets] : names;
        }
    }

    /// <summary>Parameters of a set in the order of the syntax: by position first, then those that must be given.</summary>
    public IEnumerable<(ParameterFacts Parameter, SetFacts Set)> InSet(string set) => Parameters
        .Select(p => (Parameter: p, Set: p.Sets.FirstOrDefault(s => s.Name is null || s.Name == set)!))
        .Where(static p => p.Set is not null)
        .OrderBy(static p => p.Set.Position ?? int.MaxValue)
        .ThenByDescending(static p => p.Set.Mandatory);
}

/// <summary>A parameter.</summary>
public sealed record ParameterFacts(
    string Name,
    string Type,
    IReadOnlyList<SetFacts> Sets,
    IReadOnlyList<string> Aliases,
    bool IsSwitch,
    bool TakesWildcards,
    string Default);

/// <summary>What a parameter is in one parameter set; without a name, in all.</summary>
public sealed record SetFacts(string? Name, bool Mandatory, int? Position, bool FromPipeline, bool FromProperty);
