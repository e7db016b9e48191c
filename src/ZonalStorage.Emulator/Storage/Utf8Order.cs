namespace ZonalStorage.Emulator.Storage;

/// <summary>
/// The service's order of names: by UTF-8 bytes. UTF-16 order differs only where a surrogate meets U+E000 and up.
/// </summary>
internal sealed class Utf8Order : IComparer<string>
{
    public static readonly Utf8Order Instance = new();

    public int Compare(string? x, string? y)
    {
        if (x is null || y is null) return x is null ? (y is null ? 0 : -1) : 1;
        var n = Math.Min(x.Length, y.Length);
        for (var i = 0; i < n; i++)
        {
            if (x[i] != y[i]) return Rank(x[i]) - Rank(y[i]);
        }

        return x.Length - y.Length;
    }

    private static int Rank(char c) => c switch
    {
        >= '\uE000' => c - 0x0800,
        >= '\uD800' => c + 0x2000,
        _ => c,
    };
}
