using System.Collections.Concurrent;
using ZonalStorage.Emulator.Admin;
using ZonalStorage.Emulator.Faults.Kinds;
using ZonalStorage.Emulator.Grpc;
using ZonalStorage.Emulator.Hosting;

namespace ZonalStorage.Emulator.Faults;

/// <summary>All retry tests there are, by id.</summary>
internal sealed class FaultScripts
{
    // What --fault is about.
    private const string ReadCalls = "storage.objects.get";

    private readonly ConcurrentDictionary<string, FaultScript> _scripts = new(StringComparer.Ordinal);
    private readonly EmulatorOptions _options;
    private readonly Statistics _statistics;
    private volatile bool _needWire;

    public FaultScripts(EmulatorOptions options, Statistics statistics)
    {
        _options = options;
        _statistics = statistics;
        if (options.Faults.Count == 0) return;
        var instructions = new Dictionary<string, string[]>(StringComparer.Ordinal) { [ReadCalls] = [.. options.Faults] };
        Add(new FaultScript(instructions, isGlobal: true, options.FaultRate, options.FaultSeed));
    }

    public IEnumerable<FaultScript> All => _scripts.Values;

    /// <summary>True once a script works on frames: connections made from then on have to allow it.</summary>
    public bool NeedWire => _needWire;

    public FaultScript? Find(string id) => _scripts.GetValueOrDefault(id);

    public void Add(FaultScript script)
    {
        _scripts[script.Id] = script;
        // Never written otherwise: several scripts are made at a time.
        if (script.NeedsWire) _needWire = true;
    }

    public bool Remove(string id) => _scripts.TryRemove(id, out _);

    public void Clear() => _scripts.Clear();

    /// <summary>The fault for a call: its retry test's, or, when it names none, the first global one's.</summary>
    public Fault Next(string? id, RpcMethod method, RpcCall call)
    {
        if (!string.IsNullOrEmpty(id))
        {
            var script = Find(id) ?? throw RpcFailure.Invalid($"x-retry-test-id: there is no retry test '{id}'.");
            return Counted(script.Next(method, call)) ?? Otherwise();
        }

        foreach (var script in All)
        {
            if (script.IsGlobal && Counted(script.Next(method, call)) is { } fault) return fault;
        }

        return Otherwise();
    }

    private Fault? Counted((string Text, Fault Fault)? struck)
    {
        if (struck is not { } known) return null;
        _statistics.CountFault(known.Text);
        return known.Fault;
    }

    private Fault Otherwise() => _options.DoubleRangeEnd ? new DoubleRangeEnd() : Fault.None;
}
