using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using ZonalStorage.Memory;

namespace ZonalStorage.Protocol;

/// <summary>Reads protobuf's basic types from a message that lies in pieces.</summary>
/// <exception cref="WireFormatException">The message ends too early or is malformed: from every method.</exception>
internal ref struct FragmentCursor
{
    private const int MaximumVarint = 10;

    // As Google's parsers have it: deeper nesting is an attack, not a message.
    private const int MaximumGroupDepth = 100;

    private readonly ReadOnlySpan<Fragment> _fragments;
    private ReadOnlySpan<byte> _current;
    private int _index;
    private int _offset;
    private int _before;

    /// <summary>A cursor at the start of a message.</summary>
    public FragmentCursor(ReadOnlySpan<Fragment> fragments)
    {
        _fragments = fragments;
        _current = fragments.IsEmpty ? default : fragments[0].Span;
    }

    /// <summary>Bytes read so far.</summary>
    public readonly int Position => _before + _offset;

    /// <summary>Reads a varint.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong ReadVarint()
    {
        if (_offset < _current.Length && _current[_offset] < 0x80) return _current[_offset++];
        return ReadLongVarint();
    }

    /// <summary>Reads a field's tag: number and wire type.</summary>
    /// <remarks>Tags are of 32 bits; what a longer varint has beyond them is dropped, as other parsers do.</remarks>
    public uint ReadTag()
    {
        var tag = (uint)ReadVarint();
        return tag >> 3 == 0 ? throw new WireFormatException("a field of number 0.") : tag;
    }

    /// <summary>Reads a length that must not reach beyond <paramref name="end"/>.</summary>
    public int ReadLength(int end)
    {
        var length = ReadVarint();
        // Negative where the length itself lies beyond the end of its message.
        var room = end - Position;
        if (room < 0 || length > (ulong)room) throw new WireFormatException("a field is longer than its message.");
        return (int)length;
    }

    /// <summary>Reads a little-endian 32-bit number.</summary>
    public uint ReadFixed32()
    {
        if (_current.Length - _offset >= sizeof(uint))
        {
            var value = BinaryPrimitives.ReadUInt32LittleEndian(_current[_offset..]);
            _offset += sizeof(uint);
            return value;
        }

        uint assembled = 0;
        for (var shift = 0; shift < 32; shift += 8) assembled |= (uint)ReadByte() << shift;
        return assembled;
    }

    /// <summary>The next <paramref name="length"/> bytes as they lie, and goes behind them.</summary>
    public FragmentSequence ReadSlice(int length)
    {
        if (length == 0) return default;
        while (_offset == _current.Length) NextFragment();
        var slice = new FragmentSequence(_fragments[_index..], _offset, length);
        Skip(length);
        return slice;
    }

    /// <summary>The next <paramref name="length"/> bytes, copied together.</summary>
    public byte[] ReadBytes(int length)
    {
        var bytes = new byte[length];
        var filled = 0;
        foreach (var fragment in ReadSlice(length))
        {
            fragment.Span.CopyTo(bytes.AsSpan(filled));
            filled += fragment.Length;
        }

        return bytes;
    }

    /// <summary>Goes over the value of a field that is not known here.</summary>
    public void SkipField(uint tag, int end) => SkipField(tag, end, MaximumGroupDepth);

    private void SkipField(uint tag, int end, int depth)
    {
        switch (tag & 7)
        {
            case WireType.Varint:
                ReadVarint();
                break;
            case WireType.Fixed64:
                SkipFixed(8, end);
                break;
            case WireType.Delimited:
                Skip(ReadLength(end));
                break;
            case WireType.Fixed32:
                SkipFixed(4, end);
                break;
            case WireType.StartGroup:
                SkipGroup(tag >> 3, end, depth - 1);
                break;
            default:
                throw new WireFormatException($"wire type {tag & 7}.");
        }
    }

    /// <summary>Groups are out of fashion, not out of the format: one may hold anything, further groups included.</summary>
    private void SkipGroup(uint number, int end, int depth)
    {
        if (depth < 0) throw new WireFormatException("groups nested too deep.");
        while (Position < end)
        {
            var tag = ReadTag();
            if ((tag & 7) != WireType.EndGroup) SkipField(tag, end, depth);
            else if (tag >> 3 == number) return;
            else throw new WireFormatException("a group that ends as another.");
        }

        throw new WireFormatException("a group that does not end.");
    }

    private void SkipFixed(int count, int end)
    {
        if (count > end - Position) throw new WireFormatException("a field is longer than its message.");
        Skip(count);
    }

    private void Skip(int count)
    {
        while (count > _current.Length - _offset)
        {
            count -= _current.Length - _offset;
            _offset = _current.Length;
            NextFragment();
        }

        _offset += count;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ulong ReadLongVarint()
    {
        ulong value = 0;
        for (var i = 0; i < MaximumVarint; i++)
        {
            var part = ReadByte();
            value |= (ulong)(part & 0x7F) << (7 * i);
            if (part < 0x80) return value;
        }

        throw new WireFormatException("a varint of more than ten bytes.");
    }

    private byte ReadByte()
    {
        while (_offset == _current.Length) NextFragment();
        return _current[_offset++];
    }

    private void NextFragment()
    {
        if (_index + 1 >= _fragments.Length) throw new WireFormatException("the message ends in the midst of a field.");
        _before += _current.Length;
        _current = _fragments[++_index].Span;
        _offset = 0;
    }
}

/// <summary>Protobuf's wire types, the low three bits of a tag.</summary>
internal static class WireType
{
    public const uint Varint = 0;
    public const uint Fixed64 = 1;
    public const uint Delimited = 2;
    public const uint StartGroup = 3;
    public const uint EndGroup = 4;
    public const uint Fixed32 = 5;
}

/// <summary>A message is no protobuf of its type.</summary>
internal sealed class WireFormatException(string message) : Exception(message);
