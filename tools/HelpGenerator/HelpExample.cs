namespace ZonalStorage.HelpGenerator;

/// <summary>An example: a heading, code, and what it does.</summary>
public sealed record HelpExample(string Title, string Code, string Remarks)
{
    private const string Fence = "```";

    /// <summary>Reads an example.</summary>
    /// <exception cref="FormatException">It has no code.</exception>
    public static HelpExample Parse(string title, string body)
    {
        var start = body.IndexOf(Fence, StringComparison.Ordinal);
        var end = start < 0 ? -1 : body.IndexOf("\n" + Fence, start, StringComparison.Ordinal);
        if (end < 0) throw new FormatException($"The example '{title}' has no code.");
        var code = body[(body.IndexOf('\n', start) + 1)..end];
        return new HelpExample(title, code, (body[..start].Trim() + "\n\n" + body[(end + 1 + Fence.Length)..].Trim()).Trim());
    }
}
