using System.Diagnostics;
using System.Text.Json;

namespace ZonalStorage.TestSupport;

/// <summary>
/// A program that announces itself by one line of JSON on standard output, and lives until it is disposed.
/// </summary>
/// <remarks>
/// Its standard input stays open and empty: a program that reads it sees the end when this process dies, however it
/// dies. Standard error is drained all the time (a full pipe would stop the program) and its last lines go into every
/// failure.
/// </remarks>
public sealed class ChildProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly OutputTail _errors;
    private readonly Task _drained;

    private ChildProcess(Process process, OutputTail errors)
    {
        _process = process;
        _errors = errors;
        _drained = errors.DrainAsync(process.StandardError);
    }

    /// <summary>The line that the program announced itself with.</summary>
    public JsonElement Announcement { get; private set; }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>The last lines of standard error, for failure texts.</summary>
    public string Errors => _errors.Text;

    /// <summary>Starts a program and waits for its announcement.</summary>
    /// <exception cref="InvalidOperationException">It ended, or said something else, or nothing in time.</exception>
    public static async Task<ChildProcess> StartAsync(
        string program, IEnumerable<string> arguments, TimeSpan? timeout = null,
        IReadOnlyDictionary<string, string?>? environment = null)
    {
        var process = Process.Start(ProcessRun.Describe(program, arguments, environment))!;
        var child = new ChildProcess(process, new OutputTail());
        try
        {
            using var patience = new CancellationTokenSource(timeout ?? TimeSpan.FromSeconds(60));
            var line = await process.StandardOutput.ReadLineAsync(patience.Token);
            child.Announcement = ParseAnnouncement(line);
            _ = new OutputTail().DrainAsync(process.StandardOutput);
            return child;
        }
        catch (Exception e) when (e is OperationCanceledException or JsonException)
        {
            await child.DisposeAsync();
            throw new InvalidOperationException(
                $"'{program} {string.Join(' ', arguments)}' did not announce itself: {e.Message}\n{child.Errors}", e);
        }
    }

    /// <summary>A text of the announcement; the failure tells what was announced instead.</summary>
    public string Announced(string name) =>
        Announcement.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : throw new InvalidOperationException($"No '{name}' in the announcement {Announcement}.");

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            try
            {
                _process.Kill(entireProcessTree: true);
            }
            catch (InvalidOperationException)
            {
                // It ended in between.
            }
        }

        await _process.WaitForExitAsync();
        await _drained;
        _process.Dispose();
    }

    private static JsonElement ParseAnnouncement(string? line)
    {
        if (line is null) throw new JsonException("It ended without a word.");
        using var document = JsonDocument.Parse(line);
        return document.RootElement.Clone();
    }
}
