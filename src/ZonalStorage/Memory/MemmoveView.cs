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
internal sealed class MemmoveView(Memory<byte> memory, int offset, bool isStreaming)
{
    private readonly object _gate = new();
    private int _reserved;
    private int _underWay;
    private int _failedAt = int.MaxValue;
    private bool _isSealed;

    /// <summary>A view that is all of its destination: what a range of its own needs of a <see cref="DirectMemmoveBuffer"/>.</summary>
    public static MemmoveView Over(Memory<byte> memory, bool isStreaming = false) => new(memory, offset: 0, isStreaming);

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

    /// <summary>Place in the buffer.</summary>
    public int Offset { get; } = offset;

    /// <summary>Bytes of the view.</summary>
    public int Length => memory.Length;

    /// <summary>Bytes set aside from the front; all of them written and checked when nothing is under way.</summary>
    public int Filled => Volatile.Read(ref _reserved);

    /// <summary>Sets the next <paramref name="count"/> bytes aside.</summary>
    public Begun Begin(int count, out int position)
    {
        lock (_gate)
        {
            position = _reserved;
            if (_isSealed || _failedAt != int.MaxValue) return Begun.NoLonger;
            if (count > memory.Length - _reserved) return Begun.Overfull;
            _reserved += count;
            _underWay++;
            return Begun.Yes;
        }
    }

    /// <summary>Copies a begun write into its place and computes its CRC32C in the same pass.</summary>
    public uint Copy(int position, ReadOnlySpan<Fragment> fragments)
    {
        uint crc = 0;
        var destination = memory.Span[position..];
        foreach (var fragment in fragments)
        {
            crc = Crc32C.CopyAndAppend(crc, fragment.Span, destination, isStreaming);
            destination = destination[fragment.Length..];
        }

        return crc;
    }

    /// <inheritdoc cref="Copy(int, ReadOnlySpan{Fragment})"/>
    public uint Copy(int position, in FragmentSequence content)
    {
        uint crc = 0;
        var destination = memory.Span[position..];
        foreach (var fragment in content)
        {
            crc = Crc32C.CopyAndAppend(crc, fragment.Span, destination, isStreaming);
            destination = destination[fragment.Length..];
        }

        return crc;
    }

    /// <summary>Copies a begun write that was checked already.</summary>
    public void Copy(int position, ReadOnlySpan<byte> bytes) => bytes.CopyTo(memory.Span[position..]);

    /// <summary>Fills what is missing, once sealed, by bytes that were checked already.</summary>
    /// <param name="rest">As many as are missing.</param>
    public void Complete(ReadOnlySpan<byte> rest)
    {
        lock (_gate)
        {
            Debug.Assert(_isSealed && rest.Length == memory.Length - _reserved, "completed while others may write");
            rest.CopyTo(memory.Span[_reserved..]);
            _reserved = memory.Length;
        }
    }

    /// <summary>Ends a begun write.</summary>
    /// <param name="position">Where it began.</param>
    /// <param name="isGood">False if its check failed.</param>
    /// <param name="filled">See <see cref="IsSettled"/>.</param>
    /// <returns>True if it was the last under way.</returns>
    public bool End(int position, bool isGood, out int filled)
    {
        lock (_gate)
        {
            Debug.Assert(_underWay > 0, "ended more often than begun");
            if (!isGood) _failedAt = Math.Min(_failedAt, position);
            var isLast = --_underWay == 0;
            if (isLast)
            {
                if (_failedAt != int.MaxValue)
                {
                    _reserved = _failedAt;
                    _failedAt = int.MaxValue;
                }

                if (_isSealed) Monitor.PulseAll(_gate);
            }

            filled = _reserved;
            return isLast;
        }
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
            while (_underWay > 0) Monitor.Wait(_gate);
        }
    }
}
