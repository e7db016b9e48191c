using System.Globalization;
using System.Text.RegularExpressions;

namespace ZonalStorage.Emulator.Faults;

/// <summary>
/// One entry of the fault vocabulary: how its instruction is written, what it does, and how to make it. Placeholders
/// of the form: {n} a number, {size} bytes (4K, 1M or plain), {time} 250ms or 2s, {token} letters, digits, _ and -.
/// </summary>
internal sealed class FaultKind(string form, string summary, Func<FaultArguments, Fault> make)
{
    private readonly Regex _pattern = Compile(form);

    public string Form { get; } = form;

    public string Summary { get; } = summary;

    public FaultKind(
        string form, string summary, Func<FaultArguments, FaultAction> action, Func<FaultAction, Fault> when)
        : this(form, summary, arguments => when(action(arguments)))
    {
    }

    /// <summary>A maker of fresh faults for an instruction of this kind, null for another kind's.</summary>
    public Func<Fault>? Match(string instruction)
    {
        var match = _pattern.Match(instruction);
        if (!match.Success) return null;
        var arguments = new FaultArguments(match);
        return () => make(arguments);
    }

    private static Regex Compile(string form) => new(
        "^" + form
            .Replace("{n}", "(?<n>[0-9]{1,9})", StringComparison.Ordinal)
            .Replace("{size}", "(?<size>[0-9]{1,9})(?<unit>[KMG]?)", StringComparison.Ordinal)
            .Replace("{time}", "(?<time>[0-9]{1,9})(?<scale>ms|s)", StringComparison.Ordinal)
            .Replace("{token}", "(?<token>[A-Za-z0-9_-]+)", StringComparison.Ordinal) + "$",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
}

/// <summary>The values in an instruction.</summary>
internal sealed class FaultArguments(Match match)
{
    public int Number => int.Parse(match.Groups["n"].Value, CultureInfo.InvariantCulture);

    public string Token => match.Groups["token"].Value;

    public long Size => long.Parse(match.Groups["size"].Value, CultureInfo.InvariantCulture)
        << (match.Groups["unit"].Value switch { "K" => 10, "M" => 20, "G" => 30, _ => 0 });

    public TimeSpan Time => TimeSpan.FromMilliseconds(
        long.Parse(match.Groups["time"].Value, CultureInfo.InvariantCulture)
        * (match.Groups["scale"].Value is "s" ? 1000 : 1));
}
