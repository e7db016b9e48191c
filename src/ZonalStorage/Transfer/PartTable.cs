using ZonalStorage.Memory;
using ZonalStorage.Reading;

namespace ZonalStorage.Transfer;

/// <summary>The parts that a file is made of, which of them are there, and the CRC32C of each.</summary>
/// <remarks>
/// <see cref="TryTake"/> by any thread; <see cref="Complete"/> by whoever took the part. The rest when nothing is under way.
/// </remarks>
internal sealed class PartTable
{
    /// <summary>Bytes of every part but the last.</summary>
    /// <remarks>
    /// What the service sends as one chunk, and what stays in a processor's second-level cache (2 MiB on current servers)
    /// between being received and being written: with parts of 8 MiB a file took three times the CPU (docs/performance.md).
    /// </remarks>
    public const int PartSize = 2 << 20;

    private readonly uint[] _crcs;
    private readonly bool[] _isThere;
    private readonly int _end;
    private int _next;

    /// <summary>A table in which nothing is there.</summary>
    /// <param name="extent">What of the object becomes the file.</param>
    /// <param name="share">What of the file is to be brought; whole parts, except at the file's end.</param>
    public PartTable(Extent extent, Extent share)
    {
        Extent = extent;
        Count = checked((int)((extent.Length + PartSize - 1) / PartSize));
        _crcs = new uint[Count];
        _isThere = new bool[Count];
        _next = (int)(share.Offset / PartSize);
        _end = (int)((share.End + PartSize - 1) / PartSize);
    }

    /// <summary>What of the object becomes the file.</summary>
    public Extent Extent { get; }

    /// <summary>Parts of the file.</summary>
    public int Count { get; }

    /// <summary>True if every part of the file is there.</summary>
    public bool IsWhole => Array.TrueForAll(_isThere, static there => there);

    /// <summary>CRC32C of the whole file.</summary>
    public uint Crc32C
    {
        get
        {
            uint crc = 0;
            for (var i = 0; i < Count; i++) crc = Memory.Crc32C.Combine(crc, _crcs[i], LengthOf(i));
            return crc;
        }
    }

    /// <summary>Bytes that are still to be brought.</summary>
    public long MissingBytes
    {
        get
        {
            long bytes = 0;
            for (var i = _next; i < _end; i++) bytes += _isThere[i] ? 0 : LengthOf(i);
            return bytes;
        }
    }

    /// <summary>Parts that are still to be brought.</summary>
    public int MissingCount => _isThere.AsSpan(_next, _end - _next).Count(false);

    /// <summary>Where a part begins in the file.</summary>
    public static long OffsetOf(int part) => (long)part * PartSize;

    /// <summary>Bytes of a part.</summary>
    public int LengthOf(int part) => (int)Math.Min(PartSize, Extent.Length - OffsetOf(part));

    /// <summary>Takes the next part that is to be brought.</summary>
    public bool TryTake(out int part)
    {
        do
        {
            part = Interlocked.Increment(ref _next) - 1;
            if (part >= _end) return false;
        }
        while (_isThere[part]);
        return true;
    }

    /// <summary>A part is there.</summary>
    public void Complete(int part, uint crc)
    {
        _crcs[part] = crc;
        _isThere[part] = true;
    }
}
