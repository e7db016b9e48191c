using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text.RegularExpressions;
using Xunit;

namespace ZonalStorage.Tests.Cmdlets;

/// <summary>Rules of the house that a compiler does not know.</summary>
public sealed class ArchitectureTests
{
    private static string Root => typeof(ArchitectureTests).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().First(static a => a.Key == "RepositoryRoot").Value!;

    public static TheoryData<string> Commands =>
        [.. Directory.EnumerateFiles(Path.Combine(Root, "src", "ZonalStorage.Cmdlets", "Commands")).Select(static f => Path.GetFileName(f))];

    [Theory]
    [MemberData(nameof(Commands))]
    public void A_cmdlet_has_at_most_150_lines(string file)
    {
        var path = Path.Combine(Root, "src", "ZonalStorage.Cmdlets", "Commands", file);
        Assert.InRange(File.ReadAllLines(path).Length, 1, 150);
    }

    [Fact]
    public void Error_ids_are_never_literals()
    {
        var ids = typeof(ZonalErrorIds).GetFields().Select(static f => f.Name).ToHashSet(StringComparer.Ordinal);
        var sources = new[] { "ZonalStorage", "ZonalStorage.Cmdlets" }
            .SelectMany(static p => Directory.EnumerateFiles(Path.Combine(Root, "src", p), "*.cs", SearchOption.AllDirectories));
        var literals = sources.SelectMany(file => Regex
            .Matches(File.ReadAllText(file), @"""(?<text>\w+)""", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(5))
            .Where(m => ids.Contains(m.Groups["text"].Value)).Select(m => $"{Path.GetFileName(file)}: {m.Value}"));
        Assert.Empty(literals);
    }

    [Fact]
    public void The_engine_knows_nothing_of_PowerShell()
    {
        var references = typeof(ZonalSession).Assembly.GetReferencedAssemblies().Select(static a => a.Name!);
        Assert.DoesNotContain(references, static n => n.Contains("Management.Automation", StringComparison.Ordinal));
        Assert.DoesNotContain(references, static n => n.Contains("PowerShell", StringComparison.Ordinal));
    }

    [Fact]
    public void No_exported_cmdlets_type_derives_from_an_engine_type()
    {
        // PowerShell reads exported types before the engine can be found: such a type would fail the import.
        var file = Directory.EnumerateFiles(Path.Combine(Root, "output"), "ZonalStorage.Cmdlets.dll", SearchOption.AllDirectories).First();
        using var image = new PEReader(File.OpenRead(file));
        var metadata = image.GetMetadataReader();
        foreach (var type in metadata.TypeDefinitions.Select(metadata.GetTypeDefinition))
        {
            if ((type.Attributes & TypeAttributes.VisibilityMask) != TypeAttributes.Public) continue;
            if (type.BaseType.Kind != HandleKind.TypeReference) continue;
            var parent = metadata.GetTypeReference((TypeReferenceHandle)type.BaseType);
            Assert.NotEqual("ZonalStorage", metadata.GetString(parent.Namespace));
        }
    }

    [Fact]
    public void The_manifest_exports_every_cmdlet_and_has_the_version_of_the_build()
    {
        var manifest = File.ReadAllText(Path.Combine(Root, "module", "ZonalStorage.psd1"));
        foreach (var file in Commands)
        {
            var source = File.ReadAllText(Path.Combine(Root, "src", "ZonalStorage.Cmdlets", "Commands", file.Data));
            var name = Regex.Match(
                source, @"\[Cmdlet\(Verbs\w+\.(?<verb>\w+), ""(?<noun>\w+)""", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));
            Assert.Contains($"'{name.Groups["verb"].Value}-{name.Groups["noun"].Value}'", manifest, StringComparison.Ordinal);
        }

        var version = typeof(ZonalSession).Assembly.GetName().Version!.ToString(3);
        Assert.Contains($"ModuleVersion        = '{version}'", manifest, StringComparison.Ordinal);
    }
}
