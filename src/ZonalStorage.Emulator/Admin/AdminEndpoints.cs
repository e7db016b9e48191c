using System.Text.Json;
using ZonalStorage.Emulator.Faults;

namespace ZonalStorage.Emulator.Admin;

/// <summary>The HTTP/1.1 side channel: health, counters and fault scripts.</summary>
internal static class AdminEndpoints
{
    private static readonly JsonSerializerOptions _json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        PropertyNameCaseInsensitive = true,
    };

    public static void Map(WebApplication app)
    {
        app.MapGet("/healthz", () => Results.Text("ok"));
        app.MapGet("/stats", (Statistics statistics) => Results.Json(statistics.Take(), _json));
        app.MapPost("/stats/reset", (Statistics statistics) =>
        {
            statistics.Reset();
            return Results.NoContent();
        });
        app.MapGet("/faults", () => Results.Json(FaultRegistry.Kinds.Select(k => new { k.Form, k.Summary }), _json));
        app.MapPost("/retry_test", CreateScriptAsync);
        app.MapGet("/retry_tests", (FaultScripts scripts) =>
            Results.Json(new { RetryTest = scripts.All.Select(s => s.State()) }, _json));
        app.MapDelete("/retry_tests", (FaultScripts scripts) =>
        {
            scripts.Clear();
            return Results.NoContent();
        });
        app.MapGet("/retry_test/{id}", (string id, FaultScripts scripts) =>
            scripts.Find(id) is { } script ? Results.Json(script.State(), _json) : Results.NotFound());
        app.MapDelete("/retry_test/{id}", (string id, FaultScripts scripts) =>
            scripts.Remove(id) ? Results.NoContent() : Results.NotFound());
    }

    private static async Task<IResult> CreateScriptAsync(HttpRequest request, FaultScripts scripts)
    {
        try
        {
            var body = await JsonSerializer.DeserializeAsync<ScriptRequest>(
                request.Body, _json, request.HttpContext.RequestAborted);
            if (body?.Instructions is not { Count: > 0 } instructions) return Refuse("instructions are missing.");
            if (body.Transport is not (null or "GRPC")) return Refuse("transport must be GRPC.");
            if (body.Scope is not (null or "call" or "global")) return Refuse("scope must be call or global.");
            if (body.Rate is < 0 or > 1) return Refuse("rate must be from 0 to 1.");
            var script = new FaultScript(instructions, body.Scope is "global", body.Rate, body.Seed);
            scripts.Add(script);
            return Results.Json(script.State(), _json);
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            return Refuse(e.Message);
        }
    }

    private static IResult Refuse(string message) =>
        Results.Json(new { Error = message }, _json, statusCode: StatusCodes.Status400BadRequest);

    private sealed record ScriptRequest(Dictionary<string, string[]>? Instructions, string? Transport, string? Scope, double? Rate, int Seed);
}
