using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace ZonalStorage.HelpGenerator;

/// <summary>Writes the help file that Get-Help reads.</summary>
public static class Maml
{
    private static readonly XNamespace _items = "http://msh";
    private static readonly XNamespace _maml = "http://schemas.microsoft.com/maml/2004/10";
    private static readonly XNamespace _command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
    private static readonly XNamespace _dev = "http://schemas.microsoft.com/maml/dev/2004/10";

    /// <summary>The file, as text.</summary>
    public static string Write(IEnumerable<(CmdletFacts Cmdlet, HelpPage Page)> pages)
    {
        var root = new XElement(_items + "helpItems", new XAttribute("schema", "maml"), pages.Select(static p => Command(p.Cmdlet, p.Page)));
        var text = new StringBuilder("""<?xml version="1.0" encoding="utf-8"?>""").Append('\n');
        using (var writer = XmlWriter.Create(text, new XmlWriterSettings { Indent = true, NewLineChars = "\n", OmitXmlDeclaration = true }))
            root.WriteTo(writer);
        return text.Append('\n').ToString();
    }

    private static XElement Command(CmdletFacts cmdlet, HelpPage page) => new(
        _command + "command",
        new XAttribute(XNamespace.Xmlns + "maml", _maml), new XAttribute(XNamespace.Xmlns + "command", _command), new XAttribute(XNamespace.Xmlns + "dev", _dev),
        new XElement(
            _command + "details",
            new XElement(_command + "name", cmdlet.Name), new XElement(_command + "verb", cmdlet.Verb), new XElement(_command + "noun", cmdlet.Noun),
            Paragraphs(_maml + "description", page.Synopsis)),
        Paragraphs(_maml + "description", page["Description"]),
        new XElement(_command + "syntax", cmdlet.Sets.Select(set => SyntaxItem(cmdlet, set))),
        new XElement(_command + "parameters", cmdlet.Parameters.Select(p => Parameter(p, Widest(p), page.Parameter(p.Name)))),
        new XElement(_command + "inputTypes", List(page["Inputs"]).Select(static i => TypeItem(_command + "inputType", i))),
        new XElement(_command + "returnValues", List(page["Outputs"]).Select(static i => TypeItem(_command + "returnValue", i))),
        new XElement(_maml + "alertSet", Paragraphs(_maml + "alert", page["Notes"])),
        new XElement(_command + "examples", page.Examples.Select(Example)),
        new XElement(_command + "relatedLinks", List(page["Related"]).Select(static l => new XElement(
            _maml + "navigationLink", new XElement(_maml + "linkText", Plain(l)), new XElement(_maml + "uri")))));

    private static XElement SyntaxItem(CmdletFacts cmdlet, string set) => new(
        _command + "syntaxItem",
        new XElement(_maml + "name", cmdlet.Name),
        cmdlet.InSet(set).Select(static p => Parameter(p.Parameter, p.Set, description: null)),
        cmdlet.SupportsShouldProcess ? new[] { Switch("WhatIf"), Switch("Confirm") } : null);

    private static XElement Switch(string name) => Parameter(
        new ParameterFacts(name, "SwitchParameter", [], [], IsSwitch: true, TakesWildcards: false, ""),
        new SetFacts(null, Mandatory: false, null, FromPipeline: false, FromProperty: false), description: null);

    // What holds for the parameter as a whole: the list of parameters knows no sets.
    private static SetFacts Widest(ParameterFacts p) => new(
        null, p.Sets.All(static s => s.Mandatory), p.Sets[0].Position, p.Sets.Any(static s => s.FromPipeline), p.Sets.Any(static s => s.FromProperty));

    private static XElement Parameter(ParameterFacts parameter, SetFacts set, string? description) => new(
        _command + "parameter",
        new XAttribute("required", Bool(set.Mandatory)),
        new XAttribute("variableLength", Bool(parameter.Type.EndsWith("[]", StringComparison.Ordinal))),
        new XAttribute("globbing", Bool(parameter.TakesWildcards)),
        new XAttribute("pipelineInput", Pipeline(set)),
        new XAttribute("position", set.Position?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "named"),
        new XAttribute("aliases", parameter.Aliases.Count == 0 ? "none" : string.Join(", ", parameter.Aliases)),
        new XElement(_maml + "name", parameter.Name),
        description is null ? null : Paragraphs(_maml + "description", description),
        parameter.IsSwitch ? null : new XElement(_command + "parameterValue", new XAttribute("required", "true"), new XAttribute("variableLength", "false"), parameter.Type),
        new XElement(_dev + "type", new XElement(_maml + "name", parameter.IsSwitch ? "SwitchParameter" : parameter.Type), new XElement(_maml + "uri")),
        new XElement(_dev + "defaultValue", parameter.IsSwitch ? "False" : parameter.Default.Length == 0 ? "None" : parameter.Default));

    private static string Pipeline(SetFacts set) => (set.FromPipeline, set.FromProperty) switch
    {
        (true, true) => "True (ByPropertyName, ByValue)",
        (true, false) => "True (ByValue)",
        (false, true) => "True (ByPropertyName)",
        _ => "False",
    };

    private static XElement Example(HelpExample example, int index) => new(
        _command + "example",
        new XElement(_maml + "title", $"Example {index + 1}: {Plain(example.Title)}"),
        new XElement(_dev + "code", example.Code),
        Paragraphs(_dev + "remarks", example.Remarks));

    // "TYPE: what it is", one an item of a list.
    private static XElement TypeItem(XName name, string item)
    {
        var colon = item.IndexOf(": ", StringComparison.Ordinal);
        return new XElement(
            name,
            new XElement(_dev + "type", new XElement(_maml + "name", Plain(colon < 0 ? item : item[..colon]))),
            Paragraphs(_maml + "description", colon < 0 ? "" : item[(colon + 2)..]));
    }

    private static IEnumerable<string> List(string text) => text.Split('\n')
        .Where(static l => l.StartsWith("- ", StringComparison.Ordinal)).Select(static l => l[2..].Trim());

    // A paragraph is what stands between blank lines; its lines are joined, but for those of lists, tables and code.
    private static XElement Paragraphs(XName name, string text) => new(
        name,
        text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(static p => new XElement(_maml + "para", Plain(Join(p.Trim())))));

    private static string Join(string paragraph) =>
        paragraph.StartsWith("- ", StringComparison.Ordinal) || paragraph.StartsWith('|') || paragraph.StartsWith("```", StringComparison.Ordinal)
            ? paragraph
            : paragraph.Replace('\n', ' ');

    private static string Plain(string markdown) =>
        markdown.Replace("`", "", StringComparison.Ordinal).Replace("**", "", StringComparison.Ordinal);

    private static string Bool(bool value) => value ? "true" : "false";
}
