using System.Text.Json;

namespace ZonalStorage.Emulator.Admin;

/// <summary>The HTTP/1.1 side channel: health, counters and fault scripts.</summary>
internal static class AdminEndpoints
{
    public static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        PropertyNameCaseInsensitive = true,
    };

    public static void Map(WebApplication app)
    {
        app.MapGet("/healthz", () => Results.Text("ok"));
        app.MapGet("/stats", (Statistics statistics) => Results.Json(statistics.Take(), Json));
        app.MapPost("/stats/reset", (Statistics statistics) =>
        {
            statistics.Reset();
            return Results.NoContent();
        });
    }
}
