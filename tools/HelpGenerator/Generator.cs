using System.Reflection;

namespace ZonalStorage.HelpGenerator;

/// <summary>Everything that is generated, by its path in the repository.</summary>
public static class Generator
{
    /// <summary>The help file that Get-Help finds by the name of the module's DLL.</summary>
    public const string HelpFile = "module/en-US/ZonalStorage.Cmdlets.dll-Help.xml";

    /// <summary>The cmdlets of the module.</summary>
    public static IReadOnlyList<CmdletFacts> Cmdlets { get; } = CmdletReflection.All(Assembly.Load("ZonalStorage.Cmdlets"));

    /// <summary>The pages, read from the repository.</summary>
    /// <exception cref="FormatException">A page is missing or wrong; the message says what to write.</exception>
    public static IReadOnlyList<(CmdletFacts Cmdlet, HelpPage Page)> ReadPages(string root) =>
        [.. Cmdlets.Select(cmdlet => (cmdlet, HelpPage.Parse(cmdlet, File.ReadAllText(PathOf(root, cmdlet)))))];

    /// <summary>What each generated file must hold.</summary>
    public static IReadOnlyDictionary<string, string> Generate(string root)
    {
        var pages = ReadPages(root);
        var files = pages.ToDictionary(p => PathOf(root, p.Cmdlet), static p => p.Page.ToMarkdown(), StringComparer.Ordinal);
        files.Add(Path.Combine(root, HelpFile), Maml.Write(pages));
        return files;
    }

    private static string PathOf(string root, CmdletFacts cmdlet) => Path.Combine(root, "docs", "en-US", cmdlet.Name + ".md");
}
