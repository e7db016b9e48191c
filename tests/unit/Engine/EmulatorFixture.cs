using System.Net.Http.Json;
using System.Text.Json;
using Xunit;
using ZonalStorage.TestSupport;

[assembly: AssemblyFixture(typeof(ZonalStorage.Tests.Engine.EmulatorFixture))]

namespace ZonalStorage.Tests.Engine;

/// <summary>One emulator process for all tests, its admin side, and sessions that carry a fault script.</summary>
public sealed class EmulatorFixture : IAsyncLifetime
{
    public const string Bucket = "zonal-bucket";

    private readonly HttpClient _admin = new();
    private EmulatorProcess? _process;

    public Uri Endpoint => _process!.Endpoint;

    public async ValueTask InitializeAsync() => _process = await EmulatorProcess.StartAsync();

    public async ValueTask DisposeAsync()
    {
        _admin.Dispose();
        if (_process is not null) await _process.DisposeAsync();
    }

    public static ZonalUri Named(string name) => new(Bucket, name);

    /// <summary>A session to the emulator.</summary>
    public ZonalSession Open(Func<ZonalSessionOptions, ZonalSessionOptions>? change = null)
    {
        var options = new ZonalSessionOptions { Endpoint = Endpoint };
        return ZonalSession.Create(change is null ? options : change(options));
    }

    /// <summary>A session whose calls suffer these faults, one each, in this order.</summary>
    public async Task<ZonalSession> OpenFaultyAsync(
        string[] faults, string method = "storage.objects.get",
        Func<ZonalSessionOptions, ZonalSessionOptions>? change = null)
    {
        var script = new
        {
            instructions = new Dictionary<string, string[]>(StringComparer.Ordinal) { [method] = faults },
            transport = "GRPC",
        };
        using var response = await _admin.PostAsJsonAsync(new Uri(_process!.Admin, "retry_test"), script);
        response.EnsureSuccessStatusCode();
        var id = (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!;
        return Open(o =>
        {
            o = o with { ExtraHeaders = new Dictionary<string, string>(StringComparer.Ordinal) { ["x-retry-test-id"] = id } };
            return change is null ? o : change(o);
        });
    }
}
