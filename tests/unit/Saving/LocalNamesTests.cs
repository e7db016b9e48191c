using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Xunit;
using ZonalStorage.Cmdlets.Saving;

namespace ZonalStorage.Tests.Saving;

public sealed class LocalNamesTests
{
    /// <summary>Names of objects that mean something else to one file system or another.</summary>
    public static TheoryData<string> Hostile =>
    [
        "..", ".", "../x", "../../etc/passwd", "a/../../x", "a/..", "a/../b", "/", "//", "///", "/etc/passwd", "//server/share",
        "a//b", "a///b", "a/", "a//", "/a", "./a", "a/./b", "a/.", ".../x", "...", "....//x", ".. ", " ..", ". .", "..\\x", "..\\..\\x",
        "a\\..\\..\\b", "C:", "C:\\x", "C:/x", "c:x", "\\\\server\\share", "\\\\?\\C:\\x", "\\\\.\\pipe\\x", "~", "~/x", "~root/x", "$HOME/x",
        "%2e%2e/x", "%2E%2E%2Fx", "%2F", "%", "%%", "%4", "%41", "%25", "%2525", "a%00b", "%c0%ae%c0%ae/x", "nul", "NUL.txt", "con", "CON .txt",
        "aux.tar.gz", "prn/x", "x/com1", "COM\u00b9", "lpt9.log", "CONIN$", "clock$", "a.", "a..", "a ", "a /b ", " a", "a:b", "a:stream:$DATA",
        "a|b", "a<b>c", "a\"b", "what?", "star*", "tab\tx", "nul\0x", "bell\a", "esc\u001b[2J", "del\u007f", "c1\u0085x", "-rf", "--help", "-",
        "x.partial", "x.PARTIAL", "x.partial.journal", "x.journal", "x.partial/y", ".partial", "\u202egpj.exe", "e\u0301", "\u00e9", "ﬁ", "日本語/名",
        "\ud83d\ude00", "．．/x", "‥/x", "∕x", "a\u2028b", "\ufeffx", "CON/..", "..%2f..%2fx", "..;/x", "x/..;/y", "`id`", "$(id)", "a;b", "a&b", "'a'",
    ];

    [Theory]
    [MemberData(nameof(Hostile))]
    public void Every_name_stays_inside_is_right_on_every_system_and_comes_back(string name)
    {
        var path = LocalNames.ToPath(name);
        Assert.Equal(name, LocalNames.ToName(path));
        foreach (var segment in path.Split('/')) AssertSafe(segment);
        AssertSafe(LocalNames.ToFlatName(name));
        var root = Path.Combine(Path.GetTempPath(), "root");
        var full = Path.GetFullPath(Path.Combine(root, path));
        Assert.StartsWith(root + Path.DirectorySeparatorChar, full, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a/b.txt", "a/b.txt")]
    [InlineData("日本語/名 1.bin", "日本語/名 1.bin")]
    [InlineData("100%/x", "100%/x")]
    [InlineData(".hidden/..x", ".hidden/..x")]
    [InlineData("a//b", "a/%2Fb")]
    [InlineData("/a/", "%2Fa%2F")]
    [InlineData("..", "%2E%2E")]
    [InlineData("a:b", "a%3Ab")]
    [InlineData("nul.txt", "%6Eul.txt")]
    [InlineData("%41", "%2541")]
    [InlineData("x.partial", "x.partia%6C")]
    public void Names_are_written_so(string name, string path) => Assert.Equal(path, LocalNames.ToPath(name));

    [Fact]
    public void Any_name_comes_back_and_no_two_are_the_same_path() => Prop.ForAll(Names, Names, static (one, other) =>
    {
        foreach (var segment in LocalNames.ToPath(one).Split('/')) AssertSafe(segment);
        Assert.Equal(one, LocalNames.ToName(LocalNames.ToPath(one)));
        Assert.Equal(one == other, LocalNames.ToPath(one) == LocalNames.ToPath(other));
    }).QuickCheckThrowOnFailure();

    // Characters that mean something, so that a hundred names meet many pairs of them.
    private static Arbitrary<string> Names => Gen.Elements('/', '.', '%', '2', 'F', 'e', ' ', ':', '\\', 'a', 'N', 'U', 'L', '\u0001', 'é')
        .ArrayOf().Where(static c => c.Length > 0).Select(static c => new string(c)).ToArbitrary();

    private static void AssertSafe(string segment)
    {
        Assert.NotEqual("", segment);
        Assert.True(segment is not ("." or ".."), segment);
        Assert.False(segment[^1] is '.' or ' ', segment);
        Assert.True(segment.IndexOfAny(['<', '>', ':', '"', '|', '?', '*', '\\', '/']) < 0, segment);
        Assert.DoesNotContain(segment, char.IsControl);
        Assert.False(segment.EndsWith(".partial", StringComparison.OrdinalIgnoreCase), segment);
        Assert.False(segment.EndsWith(".journal", StringComparison.OrdinalIgnoreCase), segment);
        var stem = segment.Split('.')[0].TrimEnd().ToUpperInvariant();
        Assert.False(stem is "CON" or "PRN" or "AUX" or "NUL" or "COM1" or "LPT9" or "COM¹" or "CONIN$", segment);
        Assert.Equal(segment, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(segment)));
    }
}
