using System.Net.Http.Json;
using System.Text.Json;

namespace ZonalStorage.Throughput.Reliability;

/// <summary>The emulator's administration: fault scripts and counters.</summary>
internal sealed class EmulatorAdmin(Uri address) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = address };

    /// <summary>Every form of fault there is, from the emulator itself.</summary>
    public async Task<IReadOnlyList<string>> GetFaultFormsAsync()
    {
        var forms = await _http.GetFromJsonAsync<JsonElement>("faults");
        return [.. forms.EnumerateArray().Select(static f => f.GetProperty("form").GetString()!)];
    }

    /// <summary>Makes a script by which the next read call suffers a fault.</summary>
    /// <returns>The headers of a session that is to suffer it.</returns>
    public async Task<IReadOnlyDictionary<string, string>> MakeScriptAsync(string fault)
    {
        var instructions = new Dictionary<string, string[]>(StringComparer.Ordinal) { ["storage.objects.get"] = [fault] };
        using var response = await _http.PostAsJsonAsync("retry_test", new { instructions, transport = "GRPC" });
        response.EnsureSuccessStatusCode();
        var id = (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!;
        return new Dictionary<string, string>(StringComparer.Ordinal) { ["x-retry-test-id"] = id };
    }

    /// <summary>The counters.</summary>
    public Task<JsonElement> GetStatisticsAsync() => _http.GetFromJsonAsync<JsonElement>("stats");

    /// <summary>Waits until no stream and no connection is open.</summary>
    /// <returns>False if some still are after ten seconds.</returns>
    public async Task<bool> IsLetGoAsync()
    {
        for (var i = 0; i < 200; i++)
        {
            var statistics = await GetStatisticsAsync();
            if (statistics.GetProperty("open_streams").GetInt64() == 0
                && statistics.GetProperty("open_connections").GetInt64() == 0)
            {
                return true;
            }

            await Task.Delay(50);
        }

        return false;
    }

    public void Dispose() => _http.Dispose();
}
