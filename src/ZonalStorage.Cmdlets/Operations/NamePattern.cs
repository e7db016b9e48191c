using System.Management.Automation;

namespace ZonalStorage.Cmdlets.Operations;

/// <summary>A wildcard for object names, matched level by level: <c>*</c> never crosses a slash.</summary>
/// <remarks>
/// The levels before the last stand for themselves. The last one matches names on its own level, or, deep, on any level
/// below: <c>logs/*.txt</c> matches <c>logs/a.txt</c>, and <c>logs/2026/a.txt</c> only when deep. A back-tick takes the
/// meaning off the character after it.
/// </remarks>
internal sealed class NamePattern
{
    private readonly WildcardPattern[] _levels;
    private readonly bool _deep;

    /// <summary>Makes a pattern.</summary>
    public NamePattern(string pattern, bool deep)
    {
        var levels = pattern.Split('/');
        _levels = Array.ConvertAll(levels, static level => new WildcardPattern(level, WildcardOptions.CultureInvariant));
        _deep = deep;
        var first = pattern.IndexOfAny(['*', '?', '[', '`']);
        Prefix = first < 0 ? pattern : pattern[..first];
        IsOneLevel = !deep && !levels[..^1].Any(WildcardPattern.ContainsWildcardCharacters) && !pattern.Contains('`', StringComparison.Ordinal);
    }

    /// <summary>What every name that matches begins with: all that needs to be listed.</summary>
    public string Prefix { get; }

    /// <summary>True if listing the one level of <see cref="Prefix"/> finds all that match.</summary>
    public bool IsOneLevel { get; }

    /// <summary>Tells whether a name matches; that of a prefix ends with a slash, which is not looked at.</summary>
    public bool Matches(string name)
    {
        var levels = (name.EndsWith('/') ? name[..^1] : name).Split('/');
        if (_deep ? levels.Length < _levels.Length : levels.Length != _levels.Length) return false;
        for (var i = 0; i < _levels.Length - 1; i++)
        {
            if (!_levels[i].IsMatch(levels[i])) return false;
        }

        return _levels[^1].IsMatch(levels[^1]);
    }
}
