using System.Reflection;
using System.Text.RegularExpressions;
using Xunit;
using ZonalStorage.HelpGenerator;

namespace ZonalStorage.Tests.Cmdlets;

/// <summary>The help in the repository is that of the cmdlets in the repository.</summary>
public sealed class HelpTests
{
    private static string Root => typeof(HelpTests).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().First(static a => a.Key == "RepositoryRoot").Value!;

    [Fact]
    public void What_is_generated_is_up_to_date()
    {
        var stale = Generator.Generate(Root)
            .Where(static file => !File.Exists(file.Key) || File.ReadAllText(file.Key).ReplaceLineEndings("\n") != file.Value)
            .Select(static file => Path.GetFileName(file.Key));
        Assert.True(!stale.Any(), $"Run 'dotnet run --project tools/HelpGenerator'. Not up to date: {string.Join(", ", stale)}");
    }

    [Fact]
    public void Every_cmdlet_has_three_examples_with_a_word_about_its_outputs() => Assert.All(Generator.ReadPages(Root), static p =>
    {
        Assert.True(p.Page.Examples.Count >= 3, p.Cmdlet.Name);
        Assert.NotEmpty(p.Page["Outputs"]);
        Assert.All(p.Cmdlet.OutputTypes, type => Assert.Contains(type, p.Page["Outputs"], StringComparison.Ordinal));
    });

    [Fact]
    public void Topics_and_error_ids_are_described()
    {
        var errors = File.ReadAllText(Path.Combine(Root, "module", "en-US", "about_ZonalErrors.help.txt"));
        var ids = typeof(ZonalErrorIds).GetFields().Select(static f => (string)f.GetRawConstantValue()!).ToList();
        Assert.Equal(typeof(ZonalErrorIds).GetFields().Select(static f => f.Name), ids);
        // The list of ids: two columns, the left one of ids.
        var start = errors.IndexOf("  Ids\n", StringComparison.Ordinal);
        var list = errors[start..errors.IndexOf("  Categories\n", StringComparison.Ordinal)];
        var described = Regex.Matches(list, @"(?<=^      |, )[A-Z]\w+", RegexOptions.Multiline, TimeSpan.FromSeconds(1))
            .Select(static m => m.Value).ToList();
        Assert.Equal(ids.Order(StringComparer.Ordinal), described.Order(StringComparer.Ordinal));
    }
}
