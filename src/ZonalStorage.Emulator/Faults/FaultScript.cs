using ZonalStorage.Emulator.Grpc;

namespace ZonalStorage.Emulator.Faults;

/// <summary>
/// The instructions of one retry test: for each method key a queue, of which every call takes the head. A head that
/// does not apply to the call waits; one that is lasting stays.
/// </summary>
internal sealed class FaultScript
{
    private readonly object _gate = new();
    private readonly Dictionary<string, Queue<(string Text, Func<Fault> Make)>> _queues = new(StringComparer.Ordinal);

    /// <exception cref="FormatException">An instruction is not in the vocabulary.</exception>
    public FaultScript(IReadOnlyDictionary<string, string[]> instructions, bool isGlobal)
    {
        IsGlobal = isGlobal;
        foreach (var (key, texts) in instructions)
        {
            _queues[key] = new(texts.Select(text => (text, FaultRegistry.Parse(text)
                ?? throw new FormatException($"'{text}' is not a known instruction; see GET /faults."))));
        }
    }

    public string Id { get; } = Guid.NewGuid().ToString("N");

    /// <summary>Strikes calls that name no retry test.</summary>
    public bool IsGlobal { get; }

    public Fault? Next(RpcMethod method, RpcCall call)
    {
        lock (_gate) return Take(method.Name, call) ?? (method.FaultKey is { } key ? Take(key, call) : null);
    }

    public FaultScriptState State()
    {
        lock (_gate)
        {
            return new FaultScriptState(
                Id,
                _queues.ToDictionary(q => q.Key, q => q.Value.Select(i => i.Text).ToArray(), StringComparer.Ordinal),
                "GRPC",
                IsGlobal ? "global" : "call",
                _queues.Values.All(q => q.Count == 0));
        }
    }

    private Fault? Take(string key, RpcCall call)
    {
        if (!_queues.TryGetValue(key, out var queue) || !queue.TryPeek(out var head)) return null;
        var fault = head.Make();
        if (!fault.AppliesTo(call)) return null;
        if (!fault.IsLasting) queue.Dequeue();
        return fault;
    }
}

/// <summary>What GET /retry_test/ID shows: the instructions that are left.</summary>
internal sealed record FaultScriptState(
    string Id, IReadOnlyDictionary<string, string[]> Instructions, string Transport, string Scope, bool Completed);
