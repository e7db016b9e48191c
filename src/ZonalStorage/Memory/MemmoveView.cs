using System.Diagnostics;

namespace ZonalStorage.Memory;

/// <summary>A part of a <see cref="DirectMemmoveBuffer"/>, written once, front to back, by one stream.</summary>
/// <remarks>
/// <para>
/// A pass sets its place aside (<see cref="Begin"/>, in the order of the bytes), copies and checks in one go
/// (<see cref="Copy(int, int, in FragmentSequence)"/>, on any thread), and ends (<see cref="End"/>). Several may be under way on
/// different threads. A pass whose check failed takes itself and everything behind it back: when the last one under way has
/// ended, the view stands where the failed one began.
/// </para>
/// <para>
/// Not thread-safe: all but <c>Copy</c> is called under one lock, that of whoever reads into it; <c>Copy</c> between
/// <see cref="Begin"/> and <see cref="End"/> of its pass. Nobody writes while <see cref="PassesUnderWay"/> is 0, so that is when
/// the memory may be given back.
/// </para>
/// </remarks>
internal sealed class MemmoveView
{
    private readonly ILazyBuffer? _lazy;
    private readonly bool _isNonTemporal;
    private Memory<byte> _memory;
    private bool _isBound;
    private int _failedAt = int.MaxValue;

    /// <summary>A view of memory that is there.</summary>
    /// <param name="memory">All of the view.</param>
    /// <param name="offset">Its place in the buffer.</param>
    /// <param name="isNonTemporal">
    /// True for stores past the cache, see <see cref="Crc32C.CopyAndAppend(uint, ReadOnlySpan{byte}, Span{byte}, bool)"/>.
    /// </param>
    public MemmoveView(Memory<byte> memory, int offset, bool isNonTemporal)
    {
        (_memory, Offset, _isNonTemporal, _isBound) = (memory, offset, isNonTemporal, true);
        Length = memory.Length;
    }

    private MemmoveView(ILazyBuffer lazy) => (_lazy, Length) = (lazy, lazy.Length);

    /// <summary>What the end of a pass has left.</summary>
    public enum Ended
    {
        /// <summary>Others are under way: what is filled is pending verification.</summary>
        Pending,

        /// <summary>It was the last under way: all that is filled is written and checked.</summary>
        Verified,

        /// <summary>It was the last under way, and the check of one of them failed: the view stands where that began.</summary>
        TakenBack,
    }

    /// <summary>Place in the buffer.</summary>
    public int Offset { get; }

    /// <summary>Bytes of the view.</summary>
    public int Length { get; private set; }

    /// <summary>Bytes set aside from the front; written and checked, all of them, while no pass is under way.</summary>
    public int Filled { get; private set; }

    /// <summary>Passes that have begun and not ended.</summary>
    public int PassesUnderWay { get; private set; }

    /// <summary>True from the first failed check until what it takes back is taken back.</summary>
    public bool HasFailed => _failedAt != int.MaxValue;

    /// <summary>A view that is all of its destination: what a range of its own needs of a <see cref="DirectMemmoveBuffer"/>.</summary>
    public static MemmoveView Over(Memory<byte> memory, bool isNonTemporal = false) => new(memory, offset: 0, isNonTemporal);

    /// <summary>A view that is all of a lazily bound buffer.</summary>
    public static MemmoveView Over(ILazyBuffer buffer) => new(buffer);

    /// <summary>Sets the next <paramref name="count"/> bytes aside, for which there is room.</summary>
    /// <returns>Where they belong.</returns>
    public int Begin(int count)
    {
        Debug.Assert(count >= 0 && count <= Length - Filled, "more bytes than there is room for");
        Debug.Assert(!HasFailed, "begun behind a failed pass");
        var position = Filled;
        Filled += count;
        PassesUnderWay++;
        return position;
    }

    /// <summary>Takes the memory, if it was not taken before; the view is as long as that from now on.</summary>
    /// <param name="available">Bytes that the object has from the view's start on.</param>
    /// <exception cref="OutOfMemoryException">There is none.</exception>
    public void Bind(long available)
    {
        if (_isBound) return;
        _memory = _lazy!.Bind(available);
        Length = _memory.Length;
        _isBound = true;
    }

    /// <summary>Copies into the place of a begun pass and computes the CRC32C of all of the content in the same go.</summary>
    /// <param name="position">From <see cref="Begin"/>.</param>
    /// <param name="count">Bytes to be copied; what the content has beyond them is only checked.</param>
    /// <param name="content">The chunk.</param>
    public uint Copy(int position, int count, in FragmentSequence content)
    {
        uint crc = 0;
        var destination = _memory.Span.Slice(position, count);
        foreach (var fragment in content) crc = Copy(crc, fragment, ref destination);
        return crc;
    }

    /// <inheritdoc cref="Copy(int, int, in FragmentSequence)"/>
    public uint Copy(int position, int count, ReadOnlySpan<Fragment> content)
    {
        uint crc = 0;
        var destination = _memory.Span.Slice(position, count);
        foreach (var fragment in content) crc = Copy(crc, fragment, ref destination);
        return crc;
    }

    /// <summary>Ends a pass.</summary>
    /// <param name="position">Where it began.</param>
    /// <param name="isGood">False if its check failed.</param>
    public Ended End(int position, bool isGood)
    {
        Debug.Assert(PassesUnderWay > 0, "ended more often than begun");
        if (!isGood) _failedAt = Math.Min(_failedAt, position);
        if (--PassesUnderWay > 0) return Ended.Pending;
        if (!HasFailed) return Ended.Verified;
        (Filled, _failedAt) = (_failedAt, int.MaxValue);
        return Ended.TakenBack;
    }

    /// <summary>Fills what is missing by bytes that were checked already; no pass is under way, and none begins any more.</summary>
    /// <param name="rest">As many as are missing.</param>
    public void Complete(ReadOnlySpan<byte> rest)
    {
        Debug.Assert(PassesUnderWay == 0 && rest.Length == Length - Filled, "completed while others may write");
        rest.CopyTo(_memory.Span[Filled..]);
        Filled = Length;
    }

    private uint Copy(uint crc, in Fragment fragment, scoped ref Span<byte> destination)
    {
        var bytes = fragment.Span;
        if (bytes.Length > destination.Length)
        {
            crc = Crc32C.CopyAndAppend(crc, bytes[..destination.Length], destination, _isNonTemporal);
            crc = Crc32C.Append(crc, bytes[destination.Length..]);
            destination = default;
            return crc;
        }

        crc = Crc32C.CopyAndAppend(crc, bytes, destination, _isNonTemporal);
        destination = destination[bytes.Length..];
        return crc;
    }
}
