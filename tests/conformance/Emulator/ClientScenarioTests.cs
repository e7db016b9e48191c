using ZonalStorage.Conformance.Hosts;

namespace ZonalStorage.Conformance.Emulator;

/// <summary>
/// The emulator, judged by a client whose HTTP/2, gRPC and schema none of us wrote. What a scenario checks stands in
/// peer/client.
/// </summary>
public sealed class ClientScenarioTests(ClientRun run)
{
    /// <summary>The scenarios, by asking the client: one that is added there is a test here.</summary>
    public static async Task<IEnumerable<TheoryDataRow<string>>> ScenariosAsync()
    {
        if (await NodePeer.WhyMissingAsync() is { } reason)
            return [new TheoryDataRow<string>("all scenarios") { Skip = reason }];
        var list = await NodePeer.RunAsync("client.mjs", "--list");
        Assert.True(list.ExitCode == 0, list.Errors);
        return list.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(name => new TheoryDataRow<string>(name));
    }

    [Theory(Timeout = 3 * Content.Patience)]
    [MemberData(nameof(ScenariosAsync), DisableDiscoveryEnumeration = true)]
    public async Task Emulator(string scenario)
    {
        var failure = await run.FailureOfAsync(scenario);
        Assert.True(failure is null, $"{scenario}: {failure}");
    }
}
