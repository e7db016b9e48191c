using System.Diagnostics;
using ZonalStorage.Memory;

namespace ZonalStorage.Transport.Http2;

/// <summary>
/// The block that a connection receives into and that frames and messages are parsed in, in place.
/// </summary>
/// <remarks>
/// <para>
/// Positions count bytes since the connection began; a position's place in the block is the position modulo the block's
/// size. Bytes from <see cref="Unparsed"/> on are not parsed yet; earlier ones are gone unless a <see cref="RingLease"/>
/// holds them (a message of which a part is still to come, or one that a copy worker reads).
/// </para>
/// <para>
/// Everything is called by the receive thread, except <see cref="ReferenceCountedLease.Release"/>. When nothing is unparsed and nothing
/// held, receiving starts over at the block's beginning, which keeps it in the cache: a block that always cycled through
/// measured worst.
/// </para>
/// </remarks>
internal sealed unsafe class ReceiveRing : IDisposable
{
    private readonly NativeBlock _block;
    private readonly int _capacity;
    private RingLease? _oldest;
    private RingLease? _newest;
    private long _unparsed;
    private long _received;

    public ReceiveRing(int capacity)
    {
        Debug.Assert(int.IsPow2(capacity), "positions are masked");
        _block = new NativeBlock(capacity);
        _capacity = capacity;
    }

    /// <summary>First position that is not parsed.</summary>
    public long Unparsed => _unparsed;

    /// <summary>Bytes received and not parsed.</summary>
    public int UnparsedLength => (int)(_received - _unparsed);

    /// <summary>Bytes that could be received before something held must be let go.</summary>
    public int Room => _capacity - (int)(_received - Floor());

    /// <summary>The oldest message that is held; null if none.</summary>
    public RingLease? Oldest
    {
        get
        {
            DropReleased();
            return _oldest;
        }
    }

    /// <summary>Where to receive to: as much as is free in one piece; empty when there is no room.</summary>
    public Span<byte> Writable()
    {
        if (_received == _unparsed && Oldest is null)
        {
            _received = (_received + _capacity - 1) & ~(long)(_capacity - 1);
            _unparsed = _received;
        }

        var place = Place(_received);
        return new Span<byte>(_block.Address + place, Math.Min(Room, _capacity - place));
    }

    /// <summary>Tells that <paramref name="count"/> bytes were put into <see cref="Writable"/>.</summary>
    public void Received(int count) => _received += count;

    /// <summary>Tells that the next <paramref name="count"/> bytes are parsed.</summary>
    public void Parsed(int count)
    {
        Debug.Assert(count <= UnparsedLength, "parsed what was not received");
        _unparsed += count;
    }

    /// <summary>The next unparsed bytes as far as they lie in one piece, at most <paramref name="count"/>.</summary>
    public ReadOnlySpan<byte> Contiguous(int count)
    {
        var place = Place(_unparsed);
        return new ReadOnlySpan<byte>(
            _block.Address + place, Math.Min(Math.Min(count, UnparsedLength), _capacity - place));
    }

    /// <summary>The next <paramref name="count"/> unparsed bytes, copied together if they go round the block's end.</summary>
    public ReadOnlySpan<byte> Peek(int count, Span<byte> scratch)
    {
        Debug.Assert(count <= UnparsedLength, "peeked at what was not received");
        var first = Contiguous(count);
        if (first.Length == count) return first;
        first.CopyTo(scratch);
        new ReadOnlySpan<byte>(_block.Address, count - first.Length).CopyTo(scratch[first.Length..]);
        return scratch[..count];
    }

    /// <summary>Keeps the bytes from <paramref name="start"/> on until the lease is released.</summary>
    /// <param name="start">Not before any other lease's start.</param>
    /// <param name="tenant">Who can be asked to spill it when room is short.</param>
    public RingLease Hold(long start, IRingTenant tenant)
    {
        Debug.Assert(_newest is null || _newest.Start <= start, "leases are taken in order");
        var lease = new RingLease(start, tenant);
        if (_newest is null) _oldest = lease;
        else _newest.Next = lease;
        _newest = lease;
        return lease;
    }

    public void Dispose() => _block.Dispose();

    /// <summary>Where the position lies in memory; valid as long as the position is unparsed or held.</summary>
    public byte* AddressOf(long position) => _block.Address + Place(position);

    private int Place(long position) => (int)(position & (_capacity - 1));

    private long Floor() => Oldest is { } lease ? Math.Min(lease.Start, _unparsed) : _unparsed;

    private void DropReleased()
    {
        while (_oldest is { IsReleased: true } released) _oldest = released.Next;
        if (_oldest is null) _newest = null;
    }
}

/// <summary>Whoever holds bytes of a ring.</summary>
internal interface IRingTenant
{
    /// <summary>
    /// Room is short: copy what is held elsewhere and release the lease, or, where others are reading it, wait for them.
    /// Receive thread.
    /// </summary>
    void Spill(RingLease lease);
}

/// <summary>A stretch of a ring that must not be overwritten, from <see cref="Start"/> on.</summary>
internal sealed class RingLease(long start, IRingTenant tenant) : ReferenceCountedLease
{
    public long Start { get; } = start;

    public IRingTenant Tenant { get; } = tenant;

    /// <summary>The lease taken next; owned by the ring.</summary>
    public RingLease? Next { get; set; }
}
