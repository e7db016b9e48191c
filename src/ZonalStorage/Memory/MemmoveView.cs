using System.Diagnostics;

namespace ZonalStorage.Memory;

/// <summary>A part of a <see cref="DirectMemmoveBuffer"/>, written once, front to back, by one stream.</summary>
/// <remarks>
/// <para>
/// A write is begun (<see cref="Begin"/>, in stream order, which sets its place aside), copied and checked in one pass
/// (<see cref="Copy(int, in FragmentSequence)"/>, on any thread), and ended (<see cref="End"/>). Several may be under way on different threads.
/// </para>
/// <para>
/// A write whose check failed takes itself and everything behind it back: once nothing is under way any more, the view
/// stands where the failed write began. After <see cref="Seal"/> nothing is written: it waits for what is under way, at
/// most the copying of a few chunks.
/// </para>
/// </remarks>
internal sealed class MemmoveView
{
    private readonly object _gate = new();
    private readonly bool _isStreaming;
    private readonly ILateMemory? _late;
    private Memory<byte> _memory;
    private int _reserved;
    private int _underWay;
    private int _failedAt = int.MaxValue;
    private bool _isSealed;
    private bool _wasTakenBack;

    /// <summary>A view of memory that is there.</summary>
    /// <param name="memory">All of the view.</param>
    /// <param name="offset">Its place in the buffer.</param>
    /// <param name="isStreaming">True to write past the cache, see <see cref="Crc32C.CopyAndAppend(uint, ReadOnlySpan{byte}, Span{byte}, bool)"/>.</param>
    public MemmoveView(Memory<byte> memory, int offset, bool isStreaming)
    {
        (_memory, Offset, _isStreaming) = (memory, offset, isStreaming);
        Length = memory.Length;
    }

    private MemmoveView(ILateMemory late, int length) => (_late, Length) = (late, length);

    /// <summary>A view that is all of its destination: what a range of its own needs of a <see cref="DirectMemmoveBuffer"/>.</summary>
    public static MemmoveView Over(Memory<byte> memory, bool isStreaming = false) => new(memory, offset: 0, isStreaming);

    /// <summary>A view that is all of some memory, which it takes when the first write begins.</summary>
    /// <param name="memory">Where there is none <see cref="Begin"/> fails, and nothing has begun.</param>
    public static MemmoveView Over(ILateMemory memory) => Over(memory, memory.Length);

    /// <summary>A view of the first <paramref name="length"/> bytes of some memory.</summary>
    /// <inheritdoc cref="Over(ILateMemory)"/>
    public static MemmoveView Over(ILateMemory memory, int length) => new(memory, length);

    /// <summary>What became of the wish to write.</summary>
    public enum Begun
    {
        /// <summary>The place is set aside; copy and end.</summary>
        Yes,

        /// <summary>Nothing is to be written any more, or not before what failed is settled: drop the bytes.</summary>
        NoLonger,

        /// <summary>More bytes than the view has room for.</summary>
        Overfull,
    }

    /// <summary>Where the view stands after the end of a write.</summary>
    public enum Ended
    {
        /// <summary>Other writes are under way.</summary>
        Unsettled,

        /// <summary>It was the last under way: all that is filled is written and checked.</summary>
        Settled,

        /// <summary>It was the last under way, and the check of one of them failed: the view stands where that began.</summary>
        TakenBack,
    }

    /// <summary>True from <see cref="Ended.TakenBack"/> until <see cref="Restart"/>.</summary>
    public bool WasTakenBack
    {
        get
        {
            lock (_gate) return _wasTakenBack;
        }
    }

    /// <summary>Place in the buffer.</summary>
    public int Offset { get; }

    /// <summary>Bytes of the view.</summary>
    public int Length { get; }

    /// <summary>Bytes set aside from the front; all of them written and checked when nothing is under way.</summary>
    public int Filled => Volatile.Read(ref _reserved);

    /// <summary>Sets the next <paramref name="count"/> bytes aside.</summary>
    /// <param name="position">Where they belong: what <see cref="Filled"/> was when that was looked up.</param>
    /// <param name="count">Bytes.</param>
    public Begun Begin(int position, int count)
    {
        lock (_gate)
        {
            // What is elsewhere by now was taken back meanwhile: put there, the bytes would be right ones in the wrong place.
            if (_isSealed || _failedAt != int.MaxValue || position != _reserved) return Begun.NoLonger;
            if (count > Length - _reserved) return Begun.Overfull;
            Bind();
            _reserved += count;
            _underWay++;
            return Begun.Yes;
        }
    }

    /// <summary>Copies a begun write into its place and computes its CRC32C in the same pass.</summary>
    public uint Copy(int position, ReadOnlySpan<Fragment> fragments)
    {
        uint crc = 0;
        var destination = _memory.Span[position..];
        foreach (var fragment in fragments)
        {
            crc = Crc32C.CopyAndAppend(crc, fragment.Span, destination, _isStreaming);
            destination = destination[fragment.Length..];
        }

        return crc;
    }

    /// <inheritdoc cref="Copy(int, ReadOnlySpan{Fragment})"/>
    public uint Copy(int position, in FragmentSequence content)
    {
        uint crc = 0;
        var destination = _memory.Span[position..];
        foreach (var fragment in content)
        {
            crc = Crc32C.CopyAndAppend(crc, fragment.Span, destination, _isStreaming);
            destination = destination[fragment.Length..];
        }

        return crc;
    }

    /// <summary>Copies a begun write that was checked already.</summary>
    public void Copy(int position, ReadOnlySpan<byte> bytes) => bytes.CopyTo(_memory.Span[position..]);

    /// <summary>Fills what is missing, once sealed, by bytes that were checked already.</summary>
    /// <param name="rest">As many as are missing.</param>
    public void Complete(ReadOnlySpan<byte> rest)
    {
        lock (_gate)
        {
            Debug.Assert(_isSealed && rest.Length == Length - _reserved, "completed while others may write");
            Bind();
            rest.CopyTo(_memory.Span[_reserved..]);
            _reserved = Length;
        }
    }

    /// <summary>Ends a begun write.</summary>
    /// <param name="position">Where it began.</param>
    /// <param name="isGood">False if its check failed.</param>
    /// <param name="filled">See <see cref="IsSettled"/>.</param>
    public Ended End(int position, bool isGood, out int filled)
    {
        lock (_gate)
        {
            Debug.Assert(_underWay > 0, "ended more often than begun");
            if (!isGood) _failedAt = Math.Min(_failedAt, position);
            filled = _reserved;
            if (--_underWay > 0) return Ended.Unsettled;
            if (_isSealed) Monitor.PulseAll(_gate);
            if (_failedAt == int.MaxValue) return Ended.Settled;
            _wasTakenBack = true;
            filled = _reserved = _failedAt;
            _failedAt = int.MaxValue;
            return Ended.TakenBack;
        }
    }

    /// <summary>What was taken back is asked for again.</summary>
    public void Restart()
    {
        lock (_gate) _wasTakenBack = false;
    }

    /// <summary>True if no write is under way, so that <paramref name="filled"/> bytes are written and checked.</summary>
    public bool IsSettled(out int filled)
    {
        lock (_gate)
        {
            filled = _reserved;
            return _underWay == 0;
        }
    }

    /// <summary>No write begins any more; waits for those under way.</summary>
    public void Seal()
    {
        lock (_gate)
        {
            _isSealed = true;
            if (_underWay == 0) return;
        }

        while (!IsSettled(out _))
        {
            // This thread may be the worker that what is under way waits for.
            if (MemmoveWorkerPool.Shared.TryRunOne()) continue;
            lock (_gate)
            {
                // Not without end: a write that was begun just before may only now be handed to the workers.
                if (_underWay > 0) Monitor.Wait(_gate, millisecondsTimeout: 1);
            }
        }
    }

    // Gate.
    private void Bind()
    {
        if (_late is not null && _reserved == 0) _memory = _late.Bind()[..Length];
    }
}
