using System.Buffers.Binary;
using System.Diagnostics;
using ZonalStorage.Memory;
using ZonalStorage.Transport.Http2;

namespace ZonalStorage.Transport.Grpc;

/// <summary>Takes a stream's content apart into messages, without moving it.</summary>
/// <remarks>
/// <para>
/// A message is a compressed flag, a length of four bytes and the payload (gRPC over HTTP/2, "Length-Prefixed-Message").
/// The payload stays in the receive block as a list of pieces until its end has come; then it is handed out whole. DATA
/// frame borders and the block's end are borders of pieces and nothing else.
/// </para>
/// <para>
/// Room short, or pieces too many, the payload so far is copied to a buffer of its own (spilled) and the rest appended
/// there. That buffer grows with what has arrived, never with what a peer announces.
/// </para>
/// <para>
/// Receive thread only, but for <see cref="Abandon"/>: whoever gives the stream up frees what it holds at once, or, where the
/// receive thread is just at it, has that do so.
/// </para>
/// </remarks>
internal sealed unsafe class GrpcMessageAssembler(IGrpcMessageSink sink, int maximumLength) : IRingTenant
{
    private const int PrefixLength = 5;

    // A peer that sends one byte a frame must not make the list larger than the payload.
    private const int MaximumFragments = 4096;

    // Who may touch what is held: nobody is at it; the receive thread is; it is, and gives everything back when it is done;
    // nothing is held any more, nor will be. Numbers, since those alone can be compared and exchanged everywhere.
    private const int Free = 0;
    private const int Receiving = 1;
    private const int ReceivingGivenUp = 2;
    private const int GivenUp = 3;

    private readonly byte[] _prefix = new byte[PrefixLength];
    private Fragment[] _fragments = new Fragment[8];
    private int _fragmentCount;
    private int _prefixCount;
    private int _length;
    private int _collected;
    private long _start;
    private ReceiveRing? _ring;
    private RingLease? _lease;
    private SpillBuffer? _spill;
    private int _use;

    /// <summary>True when a message has begun and not ended.</summary>
    public bool IsInMidst => _prefixCount > 0;

    /// <summary>Length of the message that has begun, or else of the last.</summary>
    public int Announced => _length;

    /// <summary>Bytes of the message that has begun; 0 if none has.</summary>
    public int Collected => _prefixCount == PrefixLength ? _collected : 0;

    /// <summary>Takes the next <paramref name="length"/> bytes of the ring; drops them where it was abandoned.</summary>
    /// <exception cref="GrpcProtocolException">The content is no sequence of messages, or one is too long.</exception>
    public void Append(ReceiveRing ring, int length)
    {
        if (!TryBegin()) return;
        try
        {
            Take(ring, length);
        }
        finally
        {
            End();
        }
    }

    /// <summary>Lets go of what is held; nothing more will come. Any thread; it does not wait.</summary>
    public void Abandon()
    {
        while (true)
        {
            switch (Interlocked.CompareExchange(ref _use, GivenUp, Free))
            {
                case Free:
                    Reset();
                    return;
                case Receiving when Interlocked.CompareExchange(ref _use, ReceivingGivenUp, Receiving) != Receiving:
                    // Just done with it.
                    continue;
                default:
                    return;
            }
        }
    }

    /// <summary>See <see cref="GrpcMessage.Retain"/>; during <see cref="IGrpcMessageSink.OnMessage"/> only.</summary>
    public ReferenceCountedLease RetainCurrent()
    {
        ReferenceCountedLease hold = (ReferenceCountedLease?)_spill ?? (_lease ??= _ring!.Hold(_start, this));
        hold.AddHolder();
        return hold;
    }

    /// <inheritdoc/>
    public void Spill(RingLease lease)
    {
        if (TryBegin())
        {
            var isOurs = lease == _lease;
            if (isOurs) Spill();
            End();
            if (isOurs) return;
        }

        // Given up by another thread just now, or handed out and being read by copy workers: help them rather than wait.
        var spin = new SpinWait();
        while (!lease.IsReleased)
        {
            if (!MemmoveWorkerPool.Shared.TryRunOne()) spin.SpinOnce();
        }
    }

    private bool TryBegin() => Interlocked.CompareExchange(ref _use, Receiving, Free) == Free;

    private void End()
    {
        if (Interlocked.CompareExchange(ref _use, Free, Receiving) == Receiving) return;
        // Given up meanwhile.
        _use = GivenUp;
        Reset();
    }

    private void Take(ReceiveRing ring, int length)
    {
        _ring = ring;
        var position = ring.Unparsed;
        while (length > 0)
        {
            var taken = _prefixCount < PrefixLength
                ? TakePrefix(ring.AddressOf(position), length)
                : TakePayload(position, ring.AddressOf(position), length);
            position += taken;
            length -= taken;
            if (_prefixCount == PrefixLength && _collected == _length) Deliver();
        }

        if (_fragmentCount > 0 && _lease is null) _lease = ring.Hold(_start, this);
    }

    private int TakePrefix(byte* bytes, int available)
    {
        var count = Math.Min(available, PrefixLength - _prefixCount);
        new ReadOnlySpan<byte>(bytes, count).CopyTo(_prefix.AsSpan(_prefixCount));
        _prefixCount += count;
        if (_prefixCount < PrefixLength) return count;
        if (_prefix[0] != 0) throw new GrpcProtocolException("a compressed message, which was not offered.");
        var announced = BinaryPrimitives.ReadUInt32BigEndian(_prefix.AsSpan(1));
        if (announced > maximumLength)
            throw new MessageTooLongException(announced, maximumLength);
        _length = (int)announced;
        _collected = 0;
        return count;
    }

    private int TakePayload(long position, byte* bytes, int available)
    {
        var count = Math.Min(available, _length - _collected);
        _collected += count;
        if (_spill is not null)
        {
            _spill.Append(new ReadOnlySpan<byte>(bytes, count), _length);
            return count;
        }

        if (_fragmentCount == 0) _start = position;
        else if (_fragments[_fragmentCount - 1].IsFollowedBy(bytes))
        {
            ref var last = ref _fragments[_fragmentCount - 1];
            last = last.Grow(count);
            return count;
        }

        if (_fragmentCount == _fragments.Length) Array.Resize(ref _fragments, _fragmentCount * 2);
        _fragments[_fragmentCount++] = new Fragment(bytes, count);
        if (_fragmentCount == MaximumFragments) Spill();
        return count;
    }

    private void Deliver()
    {
        Debug.Assert(_collected == _length, "delivered in parts");
        if (_spill is not null)
        {
            _fragments[0] = _spill.AsFragment();
            _fragmentCount = 1;
        }

        try
        {
            sink.OnMessage(new GrpcMessage(_fragments.AsSpan(0, _fragmentCount), _length, this));
        }
        finally
        {
            Reset();
        }
    }

    private void Spill()
    {
        _spill = new SpillBuffer();
        for (var i = 0; i < _fragmentCount; i++) _spill.Append(_fragments[i].Span, _length);
        _fragmentCount = 0;
        _lease?.Release();
        _lease = null;
    }

    private void Reset()
    {
        _lease?.Release();
        _lease = null;
        _spill?.Release();
        _spill = null;
        _fragmentCount = 0;
        _prefixCount = 0;
        _collected = 0;
    }

    /// <summary>A message that could not stay in the ring.</summary>
    private sealed class SpillBuffer : ReferenceCountedLease
    {
        private const int InitialCapacity = 256 << 10;

        private NativeBlock? _block;
        private int _count;

        public void Append(ReadOnlySpan<byte> bytes, int announced)
        {
            var needed = _count + bytes.Length;
            if (_block is null || _block.Length < needed)
            {
                // Doubling, so that memory follows what has arrived; the announced length only caps it.
                var capacity = Math.Max(needed, Math.Min(announced, Math.Max(InitialCapacity, _count * 2)));
                var larger = new NativeBlock(capacity);
                if (_block is not null)
                {
                    _block.Span[.._count].CopyTo(larger.Span);
                    _block.Dispose();
                }

                _block = larger;
            }

            bytes.CopyTo(_block.Span[_count..]);
            _count = needed;
        }

        public Fragment AsFragment() => new(_block!.Address, _count);

        protected override void OnReleased() => _block?.Dispose();
    }
}

/// <summary>Takes messages.</summary>
internal interface IGrpcMessageSink
{
    /// <summary>A message is complete; receive thread.</summary>
    void OnMessage(in GrpcMessage message);
}

/// <summary>The content of a stream breaks gRPC's framing: the stream cannot go on, the connection can.</summary>
internal class GrpcProtocolException(string message) : Exception(message);

/// <summary>A message is longer than its call bears.</summary>
internal sealed class MessageTooLongException(uint announced, int limit)
    : GrpcProtocolException($"a message of {announced} bytes, over the limit of {limit}.")
{
    /// <summary>Bytes that the message has, as its prefix says.</summary>
    public uint Announced { get; } = announced;

    /// <summary>Bytes that are borne.</summary>
    public int Limit { get; } = limit;
}
