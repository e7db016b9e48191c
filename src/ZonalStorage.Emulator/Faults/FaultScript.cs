using ZonalStorage.Emulator.Grpc;

namespace ZonalStorage.Emulator.Faults;

/// <summary>
/// The instructions of one retry test: for each method key a queue, of which every call takes the head. A head that
/// does not apply to the call waits; one that is lasting stays. With a rate, that share of calls suffers any one of them, and
/// none is used up.
/// </summary>
internal sealed class FaultScript
{
    private readonly object _gate = new();
    private readonly double? _rate;
    private readonly Random _random;
    private readonly Dictionary<string, Queue<(string Text, Func<Fault> Make)>> _queues = new(StringComparer.Ordinal);

    /// <exception cref="FormatException">An instruction is not in the vocabulary.</exception>
    public FaultScript(
        IReadOnlyDictionary<string, string[]> instructions, bool isGlobal, double? rate = null, int seed = 0)
    {
        IsGlobal = isGlobal;
        _rate = rate;
        _random = new Random(seed);
        foreach (var (key, texts) in instructions)
        {
            _queues[key] = new(texts.Select(text => (text, FaultRegistry.Parse(text)
                ?? throw new FormatException($"'{text}' is not a known instruction; see GET /faults."))));
        }
    }

    /// <summary>A fault in it works on frames.</summary>
    public bool NeedsWire => _queues.Values.Any(static q => q.Any(static i => i.Make().NeedsWire));

    public string Id { get; } = Guid.NewGuid().ToString("N");

    /// <summary>Strikes calls that name no retry test.</summary>
    public bool IsGlobal { get; }

    /// <summary>The fault that the call suffers, with its instruction; null if none.</summary>
    public (string Text, Fault Fault)? Next(RpcMethod method, RpcCall call)
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

    private (string Text, Fault Fault)? Take(string key, RpcCall call)
    {
        if (!_queues.TryGetValue(key, out var queue) || !queue.TryPeek(out var head)) return null;
        if (_rate is { } rate)
        {
            if (_random.NextDouble() >= rate) return null;
            head = queue.ElementAt(_random.Next(queue.Count));
        }

        var fault = head.Make();
        if (!fault.AppliesTo(call)) return null;
        if (_rate is null && !fault.IsLasting) queue.Dequeue();
        return (head.Text, fault);
    }
}

/// <summary>What GET /retry_test/ID shows: the instructions that are left.</summary>
internal sealed record FaultScriptState(
    string Id, IReadOnlyDictionary<string, string[]> Instructions, string Transport, string Scope, bool Completed);
