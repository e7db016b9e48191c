using System.Xml.Linq;
using Xunit;
using Xunit.Sdk;

namespace ZonalStorage.Pester;

public sealed class PesterReportTests
{
    private const string Passed = "<test-case name='p' success='True' result='Success' />";

    // As Pester 5 writes it for -Skip.
    private const string Skipped = "<test-case name='(made up, by PesterReportTests)' success='False' result='Ignored' executed='False' />";

    [Fact]
    public void A_skipped_test_is_no_failure() => PesterRun.Report(Parse(Passed + Skipped));

    [Theory]
    [InlineData("Failure")]
    [InlineData("Error")]
    [InlineData("Inconclusive")]
    public void What_neither_passed_nor_was_skipped_fails(string result)
    {
        var test = $"<test-case name='f' result='{result}'><failure><message>why</message></failure></test-case>";
        var error = Assert.ThrowsAny<XunitException>(() => PesterRun.Report(Parse(Passed + test)));
        Assert.Contains("why", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_which_nothing_ran_fails() =>
        Assert.ThrowsAny<XunitException>(static () => PesterRun.Report(Parse(Skipped)));

    private static XDocument Parse(string cases) => XDocument.Parse($"<test-results>{cases}</test-results>");
}
