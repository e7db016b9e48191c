using System.Diagnostics;

namespace ZonalStorage.Fuzz;

/// <summary>Runs one target over mutated inputs, the same ones for the same seed.</summary>
/// <remarks>
/// Each execution is bounded in time and in allocation, and must give back all native memory. An input that makes something
/// new happen joins the pool, so that mutations go deeper; that is by what a target reports, no instrumentation is needed.
/// </remarks>
internal sealed class Fuzzer(FuzzTarget target, ulong seed)
{
    private const int MaximumPool = 4096;

    // A busy machine may take a thread away for long; a hang is for ever.
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(20);

    private readonly FuzzRandom _random = new(seed);
    private readonly HashSet<int> _seen = [];
    private readonly List<byte[]> _pool = [];
    private byte[] _current = new byte[64 << 10];
    private volatile int _currentLength;
    private long _startedAt;
    private long _executions;
    private Exception? _failure;

    /// <summary>Inputs executed so far.</summary>
    public long Executions => Interlocked.Read(ref _executions);

    /// <summary>Different things that happened.</summary>
    public int Behaviours => _seen.Count;

    /// <summary>The largest allocation of one execution, in managed bytes.</summary>
    public long LargestAllocation { get; private set; }

    /// <summary>Runs until the executions are done, or the time is up.</summary>
    /// <exception cref="FuzzFailureException">A promise was broken; it carries the input.</exception>
    public void Run(long executions, TimeSpan? duration = null)
    {
        var until = duration is { } d ? Environment.TickCount64 + (long)d.TotalMilliseconds : long.MaxValue;
        // A thread of its own, so that one that hangs can be reported.
        var thread = new Thread(() => Loop(executions, until)) { IsBackground = true, Name = "fuzz " + target.Name };
        thread.Start();
        while (!thread.Join(TimeSpan.FromMilliseconds(250)))
        {
            var startedAt = Volatile.Read(ref _startedAt);
            if (startedAt != 0 && Stopwatch.GetElapsedTime(startedAt) > _limit)
                throw new FuzzFailureException(target.Name, Current(), new TimeoutException($"No end within {_limit.TotalSeconds} s."));
        }

        if (_failure is not null) throw _failure;
    }

    private void Loop(long executions, long until)
    {
        try
        {
            foreach (var input in Corpus.Load(target))
            {
                _pool.Add(input);
                Execute(input);
            }

            var mutator = new Mutator(_random);
            for (var i = 0L; i < executions && ((i & 0xFF) != 0 || Environment.TickCount64 < until); i++)
            {
                var input = mutator.Mutate(_pool[_random.Next(_pool.Count)], _pool[_random.Next(_pool.Count)]);
                if (!Execute(input)) continue;
                if (_pool.Count < MaximumPool) _pool.Add(input.ToArray());
                else _pool[_random.Next(MaximumPool)] = input.ToArray();
            }
        }
        catch (Exception e)
        {
            _failure = new FuzzFailureException(target.Name, Current(), e);
        }
        finally
        {
            Volatile.Write(ref _startedAt, 0);
        }
    }

    /// <summary>Executes an input.</summary>
    /// <returns>True if something new happened.</returns>
    private bool Execute(ReadOnlySpan<byte> input)
    {
        if (input.Length > _current.Length) _current = new byte[input.Length];
        input.CopyTo(_current);
        _currentLength = input.Length;
        Volatile.Write(ref _startedAt, Stopwatch.GetTimestamp());
        var native = Memory.NativeBlock.LiveBytes;
        var before = GC.GetAllocatedBytesForCurrentThread();
        var behaviour = target.Execute(_current.AsSpan(0, input.Length));
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        if (allocated > Allowance(input.Length) && (allocated = Again(input.Length)) > Allowance(input.Length))
            throw new InvalidOperationException($"{allocated} bytes were allocated for {input.Length} of input.");
        if (Memory.NativeBlock.LiveBytes > native && Leaks(input.Length))
            throw new InvalidOperationException("Native memory is not given back.");
        LargestAllocation = Math.Max(LargestAllocation, allocated);
        Interlocked.Increment(ref _executions);
        return _seen.Add(behaviour);
    }

    private long Allowance(int length) => target.AllocationBase + (target.AllocationPerByte * length);

    /// <summary>Measures once more: the first time a type is used it may allocate for the life of the process.</summary>
    private long Again(int length)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        target.Execute(_current.AsSpan(0, length));
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    /// <summary>True if it leaks whenever it is executed: what others of the process allocate meanwhile does not count.</summary>
    private bool Leaks(int length)
    {
        for (var i = 0; i < 5; i++)
        {
            var before = Memory.NativeBlock.LiveBytes;
            target.Execute(_current.AsSpan(0, length));
            if (Memory.NativeBlock.LiveBytes <= before) return false;
        }

        return true;
    }

    private byte[] Current() => _current.AsSpan(0, _currentLength).ToArray();
}

/// <summary>An input that breaks a promise.</summary>
internal sealed class FuzzFailureException(string target, byte[] input, Exception cause)
    : Exception(
        $"{target}: {cause.GetType().Name}: {cause.Message} Input of {input.Length} bytes: "
        + Convert.ToHexString(input.AsSpan(0, Math.Min(input.Length, 512))) + "\n" + cause.StackTrace, cause)
{
    /// <summary>The whole input.</summary>
    public byte[] Input { get; } = input;
}
