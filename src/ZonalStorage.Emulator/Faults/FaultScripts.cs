using System.Collections.Concurrent;
using ZonalStorage.Emulator.Faults.Kinds;
using ZonalStorage.Emulator.Grpc;
using ZonalStorage.Emulator.Hosting;

namespace ZonalStorage.Emulator.Faults;

/// <summary>All retry tests there are, by id.</summary>
internal sealed class FaultScripts(EmulatorOptions options)
{
    private readonly ConcurrentDictionary<string, FaultScript> _scripts = new(StringComparer.Ordinal);

    public IEnumerable<FaultScript> All => _scripts.Values;

    public FaultScript? Find(string id) => _scripts.GetValueOrDefault(id);

    public void Add(FaultScript script) => _scripts[script.Id] = script;

    public bool Remove(string id) => _scripts.TryRemove(id, out _);

    public void Clear() => _scripts.Clear();

    /// <summary>The fault for a call: its retry test's, or, when it names none, the first global one's.</summary>
    public Fault Next(string? id, RpcMethod method, RpcCall call)
    {
        if (!string.IsNullOrEmpty(id))
        {
            var script = Find(id) ?? throw RpcFailure.Invalid($"x-retry-test-id: there is no retry test '{id}'.");
            return script.Next(method, call) ?? Otherwise();
        }

        foreach (var script in All)
        {
            if (script.IsGlobal && script.Next(method, call) is { } fault) return fault;
        }

        return Otherwise();
    }

    private Fault Otherwise() => options.DoubleRangeEnd ? new DoubleRangeEnd() : Fault.None;
}
