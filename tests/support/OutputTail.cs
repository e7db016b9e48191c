namespace ZonalStorage.TestSupport;

/// <summary>The last lines that a program wrote; older ones are forgotten.</summary>
internal sealed class OutputTail
{
    private const int Kept = 200;

    private readonly Queue<string> _lines = new();

    public string Text
    {
        get
        {
            lock (_lines) return string.Join('\n', _lines);
        }
    }

    public async Task DrainAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            lock (_lines)
            {
                if (_lines.Count == Kept) _lines.Dequeue();
                _lines.Enqueue(line);
            }
        }
    }
}
