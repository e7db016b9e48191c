namespace ZonalStorage.HelpGenerator;

/// <summary>Writes what PowerShell's own help calls syntax.</summary>
public static class Syntax
{
    /// <summary>One line for each parameter set.</summary>
    public static IEnumerable<string> Lines(CmdletFacts cmdlet) => cmdlet.Sets.Select(set => Line(cmdlet, set));

    /// <summary>The facts of a parameter in one line, the same way for every one.</summary>
    public static string Describe(ParameterFacts parameter)
    {
        var mandatory = parameter.Sets.All(static s => s.Mandatory) ? "required" : "optional";
        var facts = new List<string> { parameter.IsSwitch ? "switch" : parameter.Type, mandatory };
        if (parameter.Sets.Select(static s => s.Position).OfType<int>().Distinct().ToList() is [var position]) facts.Add($"position {position}");
        var byValue = parameter.Sets.Any(static s => s.FromPipeline);
        var byName = parameter.Sets.Any(static s => s.FromProperty);
        if (byValue || byName)
            facts.Add("from the pipeline " + (byValue ? byName ? "by value and by property name" : "by value" : "by property name"));
        if (parameter.Aliases.Count > 0) facts.Add((parameter.Aliases.Count == 1 ? "alias " : "aliases ") + string.Join(", ", parameter.Aliases));
        if (parameter.Default.Length > 0) facts.Add("default " + parameter.Default);
        if (parameter.TakesWildcards) facts.Add("wildcards");
        return string.Join(" · ", facts);
    }

    private static string Line(CmdletFacts cmdlet, string set)
    {
        var parts = cmdlet.InSet(set).Select(static p => One(p.Parameter, p.Set)).Prepend(cmdlet.Name);
        if (cmdlet.SupportsShouldProcess) parts = parts.Append("[-WhatIf]").Append("[-Confirm]");
        return string.Join(' ', parts.Append("[<CommonParameters>]"));
    }

    private static string One(ParameterFacts parameter, SetFacts set)
    {
        var name = set.Position is null ? $"-{parameter.Name}" : $"[-{parameter.Name}]";
        var text = parameter.IsSwitch ? name : $"{name} <{parameter.Type}>";
        return set.Mandatory ? text : $"[{text}]";
    }
}
