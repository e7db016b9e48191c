using System.Text.Json;
using ZonalStorage.Conformance.Emulator;
using ZonalStorage.Conformance.Hosts;
using ZonalStorage.TestSupport;

[assembly: AssemblyFixture(typeof(ClientRun))]

namespace ZonalStorage.Conformance.Emulator;

/// <summary>
/// One run of the grpc-js client (peer/client.mjs) with all its scenarios against emulators of our own.
/// </summary>
public sealed class ClientRun
{
    private readonly Lazy<Task<Outcome>> _run = new(RunAsync);

    /// <summary>What the client says of a scenario: null if it passed, else what went wrong.</summary>
    public async Task<string?> FailureOfAsync(string scenario)
    {
        var outcome = await _run.Value;
        if (!outcome.Results.TryGetValue(scenario, out var result))
            return $"The client said nothing of it.\n{outcome.Errors}";
        return result.Ok ? null : $"{result.Detail}\n{outcome.Errors}";
    }

    private static async Task<Outcome> RunAsync()
    {
        var folder = Directory.CreateTempSubdirectory("zonal-client-");
        try
        {
            var authority = Path.Combine(folder.FullName, "authority.pem");
            await using var plain = await EmulatorProcess.StartAsync();
            await using var tls = await EmulatorProcess.StartAsync("--tls", "--certificate-file", authority);
            await using var direct = await EmulatorProcess.StartAsync("--directpath-handles", "--interleave");
            var configuration = JsonSerializer.Serialize(new
            {
                plain = new { grpc = plain.Grpc, admin = plain.Admin.OriginalString },
                tls = new { grpc = tls.Grpc, admin = tls.Admin.OriginalString, authority },
                direct = new { grpc = direct.Grpc, admin = direct.Admin.OriginalString },
            });
            var run = await NodePeer.RunAsync("client.mjs", "--config", configuration);
            var results = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => JsonSerializer.Deserialize<Result>(line, JsonSerializerOptions.Web)!)
                .ToDictionary(result => result.Name, StringComparer.Ordinal);
            return new Outcome(
                results, string.Join('\n', run.Errors, plain.Errors, tls.Errors, direct.Errors).Trim());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private sealed record Outcome(IReadOnlyDictionary<string, Result> Results, string Errors);

    private sealed record Result(string Name, bool Ok, string Detail);
}
