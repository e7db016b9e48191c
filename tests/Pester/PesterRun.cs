using System.Globalization;
using System.Reflection;
using System.Xml.Linq;
using Xunit;
using ZonalStorage.TestSupport;

namespace ZonalStorage.Pester;

/// <summary>Runs the Pester files of this folder in a real PowerShell, each as a test of its own.</summary>
public sealed class PesterRun
{
    public static TheoryData<string> Files =>
        [.. Directory.EnumerateFiles(Folder, "*.Tests.ps1").Select(static f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];

    private static string Root => Metadata("RepositoryRoot");

    private static string Folder => Path.Combine(Root, "tests", "Pester");

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Every_test_of_the_file_passes(string file)
    {
        var pwsh = ProcessRun.Find("pwsh");
        if (pwsh is null) Skip("there is no 'pwsh' on PATH");
        var result = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".xml");
        try
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
            var run = await ProcessRun.RunAsync(
                pwsh!, ["-NoProfile", "-NonInteractive", "-Command", Script(file, result)], Root, cancellation: limit.Token);
            Assert.True(File.Exists(result), $"Pester wrote no result (exit code {run.ExitCode}).\n{run.Output}\n{run.Errors}");
            Report(XDocument.Load(result));
            // A file that fails outside its tests, while they are being found say, shows in the exit code alone.
            Assert.True(run.ExitCode == 0, $"Pester ended with exit code {run.ExitCode}.\n{run.Output}\n{run.Errors}");
        }
        finally
        {
            File.Delete(result);
        }
    }

    private static string Script(string file, string result) => string.Create(
        CultureInfo.InvariantCulture,
        $$"""
        Import-Module '{{Metadata("Pester")}}'
        $env:ZONAL_TEST_MODULE = '{{Path.Combine(Root, "output", "ZonalStorage", Metadata("ModuleVersion"), "ZonalStorage.psd1")}}'
        $c = New-PesterConfiguration
        $c.Run.Path = '{{Path.Combine(Folder, file)}}'
        $c.Run.Exit = $true
        $c.Output.Verbosity = 'None'
        $c.TestResult.Enabled = $true
        $c.TestResult.OutputFormat = 'NUnitXml'
        $c.TestResult.OutputPath = '{{result}}'
        Invoke-Pester -Configuration $c
        """);

    /// <summary>Puts every failed Pester test into the assertion's text, and says aloud which were skipped.</summary>
    internal static void Report(XDocument document)
    {
        var cases = document.Descendants("test-case").ToLookup(static c => c.Attribute("result")?.Value);
        // Pester's word for skipped; NUnit's format says of those, too, that they had no success.
        var skipped = cases["Ignored"].Select(NameOf).ToList();
        var failed = cases.Where(static group => group.Key is not ("Success" or "Ignored")).SelectMany(static group => group)
            .Select(static c => $"- {NameOf(c)}\n  {c.Descendants("message").FirstOrDefault()?.Value.Trim()}");
        var text = string.Join('\n', failed);
        Assert.True(text.Length == 0, $"Pester:\n{text}");
        Assert.NotEmpty(cases["Success"]);
        foreach (var name in skipped) Console.Error.WriteLine($"SKIPPED in Pester, see its -Skip: {name}");
        TestContext.Current.TestOutputHelper?.WriteLine($"{cases["Success"].Count()} Pester tests passed, {skipped.Count} skipped.");

        static string? NameOf(XElement test) => test.Attribute("name")?.Value;
    }

    private static void Skip(string reason)
    {
        // The default console logger keeps a skip's reason to itself: say it out loud.
        Console.Error.WriteLine($"SKIPPED the Pester tests: {reason}. The cmdlets were not tested in a real PowerShell.");
        Assert.Skip(reason);
    }

    private static string Metadata(string key) => typeof(PesterRun).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().First(a => a.Key == key).Value!;
}
