using System.Text;

namespace ZonalStorage.HelpGenerator;

/// <summary>The help of one cmdlet, as written in Markdown.</summary>
/// <remarks>
/// Headings: Description, Syntax (generated), Examples with a heading each, Parameters with a heading <c>-NAME</c> each whose
/// first line is generated, Inputs, Outputs, Notes, Related. The line under the title is the synopsis.
/// </remarks>
public sealed class HelpPage
{
    private const string Generated = "> ";

    private readonly List<(string Heading, string Body)> _sections;
    private readonly CmdletFacts _cmdlet;

    private HelpPage(CmdletFacts cmdlet, string synopsis, List<(string Heading, string Body)> sections)
    {
        (_cmdlet, Synopsis, _sections) = (cmdlet, synopsis, sections);
        foreach (var wanted in new[] { "Description", "Examples", "Parameters", "Inputs", "Outputs" })
        {
            if (!sections.Exists(s => s.Heading == wanted)) throw new FormatException($"{cmdlet.Name}: there is no '## {wanted}'.");
        }
    }

    /// <summary>One sentence.</summary>
    public string Synopsis { get; }

    /// <summary>Examples in their order.</summary>
    public IReadOnlyList<HelpExample> Examples => [.. Parts("Examples").Select(p => HelpExample.Parse(p.Heading, p.Body))];

    /// <summary>Text of a section; empty if there is none.</summary>
    public string this[string section] => _sections.Find(s => s.Heading == section).Body?.Trim() ?? "";

    /// <summary>Reads a page.</summary>
    /// <exception cref="FormatException">A section is missing, or a parameter is not described, or does not exist.</exception>
    public static HelpPage Parse(CmdletFacts cmdlet, string markdown)
    {
        var lines = markdown.ReplaceLineEndings("\n");
        if (!lines.StartsWith($"# {cmdlet.Name}\n", StringComparison.Ordinal))
            throw new FormatException($"{cmdlet.Name}: the page must begin with '# {cmdlet.Name}'.");
        var sections = Split(lines, "## ");
        var page = new HelpPage(cmdlet, sections[0].Body[(cmdlet.Name.Length + 3)..].Trim(), sections[1..]);
        page.CheckParameters();
        return page;
    }

    /// <summary>What is said of a parameter.</summary>
    public string Parameter(string name) => string.Join(
        '\n',
        Parts("Parameters").First(p => p.Heading == "-" + name).Body.Split('\n')
            .Where(static l => !l.StartsWith(Generated, StringComparison.Ordinal))).Trim();

    /// <summary>The page with everything in it that is generated, as it must be in the repository.</summary>
    public string ToMarkdown()
    {
        var text = new StringBuilder($"# {_cmdlet.Name}\n\n{Synopsis}\n\n## Syntax\n\n```text\n");
        foreach (var line in Syntax.Lines(_cmdlet)) text.Append(line).Append('\n');
        text.Append("```\n");
        foreach (var (heading, body) in _sections.Where(static s => s.Heading != "Syntax"))
        {
            text.Append("\n## ").Append(heading).Append("\n\n");
            if (heading != "Parameters")
            {
                text.Append(body.Trim()).Append('\n');
                continue;
            }

            var parameters = _cmdlet.Parameters.Select(p => $"### -{p.Name}\n\n{Generated}{Syntax.Describe(p)}\n\n{Parameter(p.Name)}\n");
            text.Append(string.Join('\n', parameters));
        }

        return text.ToString();
    }

    private void CheckParameters()
    {
        var described = Parts("Parameters").Select(static p => p.Heading).ToList();
        var real = _cmdlet.Parameters.Select(static p => "-" + p.Name).ToList();
        if (real.Except(described, StringComparer.Ordinal).FirstOrDefault() is { } missing) throw new FormatException($"{_cmdlet.Name}: '### {missing}' is missing.");
        if (described.Except(real, StringComparer.Ordinal).FirstOrDefault() is { } extra) throw new FormatException($"{_cmdlet.Name}: there is no parameter {extra}.");
    }

    private List<(string Heading, string Body)> Parts(string section) => Split("\n" + this[section], "### ")[1..];

    // The first part is what comes before any such heading. Lines of code are never headings.
    private static List<(string Heading, string Body)> Split(string text, string mark)
    {
        List<(string Heading, string Body)> parts = [("", "")];
        var isCode = false;
        foreach (var line in text.Split('\n'))
        {
            if (line.StartsWith("```", StringComparison.Ordinal)) isCode = !isCode;
            if (!isCode && line.StartsWith(mark, StringComparison.Ordinal)) parts.Add((line[mark.Length..].Trim(), ""));
            else parts[^1] = (parts[^1].Heading, parts[^1].Body + line + "\n");
        }

        return parts;
    }
}
