using System.Buffers.Binary;

namespace ZonalStorage.Fuzz;

/// <summary>Makes inputs from inputs: bits, bytes, numbers, blocks, and pieces of other inputs.</summary>
internal sealed class Mutator(FuzzRandom random)
{
    private const int MaximumLength = 64 << 10;

    private static readonly byte[] _bytes = [0x00, 0x01, 0x0A, 0x12, 0x20, 0x3F, 0x40, 0x7F, 0x80, 0x82, 0xFE, 0xFF];
    private static readonly uint[] _numbers =
        [0, 1, 5, 9, 127, 128, 255, 256, 16_383, 16_384, 65_535, 65_536, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF];

    private byte[] _buffer = new byte[MaximumLength];
    private byte[] _other = new byte[MaximumLength];
    private int _length;

    /// <summary>A mutation of <paramref name="parent"/>; valid until the next call.</summary>
    public ReadOnlySpan<byte> Mutate(byte[] parent, byte[] donor)
    {
        _length = Math.Min(parent.Length, MaximumLength);
        parent.AsSpan(0, _length).CopyTo(_buffer);
        // Mostly a few changes: an input that is wrong everywhere is refused at its first byte.
        for (var i = 1 + random.Next(1 << random.Next(4)); i > 0; i--) Step(donor);
        return _buffer.AsSpan(0, _length);
    }

    private void Step(byte[] donor)
    {
        if (_length == 0)
        {
            Insert(0, [_bytes[random.Next(_bytes.Length)]]);
            return;
        }

        var at = random.Next(_length);
        switch (random.Next(10))
        {
            case 0:
                _buffer[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                _buffer[at] = (byte)random.Next(256);
                break;
            case 2:
                _buffer[at] = _bytes[random.Next(_bytes.Length)];
                break;
            case 3:
                _buffer[at] += (byte)(random.Next(33) - 16);
                break;
            case 4:
                PutNumber(at);
                break;
            case 5:
                Remove(at, 1 + random.Next(Math.Min(_length - at, 1 << random.Next(12))));
                break;
            case 6:
                var copied = 1 + random.Next(Math.Min(_length - at, 1 << random.Next(10)));
                Insert(random.Next(_length + 1), _buffer.AsSpan(at, copied).ToArray());
                break;
            case 7:
                Span<byte> fresh = stackalloc byte[1 + random.Next(8)];
                foreach (ref var b in fresh) b = (byte)random.Next(256);
                Insert(at, fresh);
                break;
            case 8 when donor.Length > 0:
                var from = random.Next(donor.Length);
                Insert(at, donor.AsSpan(from, 1 + random.Next(Math.Min(donor.Length - from, 1 << random.Next(13)))));
                break;
            default:
                _length = random.Next(8) == 0 ? at : _length;
                break;
        }
    }

    private void PutNumber(int at)
    {
        var value = _numbers[random.Next(_numbers.Length)];
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        if (random.Next(2) == 0) BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        else BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        bytes = bytes[random.Next(4)..];
        bytes[..Math.Min(bytes.Length, _length - at)].CopyTo(_buffer.AsSpan(at));
    }

    private void Remove(int at, int count)
    {
        _buffer.AsSpan(at + count, _length - at - count).CopyTo(_buffer.AsSpan(at));
        _length -= count;
    }

    private void Insert(int at, ReadOnlySpan<byte> bytes)
    {
        bytes = bytes[..Math.Min(bytes.Length, MaximumLength - _length)];
        _buffer.AsSpan(0, at).CopyTo(_other);
        bytes.CopyTo(_other.AsSpan(at));
        _buffer.AsSpan(at, _length - at).CopyTo(_other.AsSpan(at + bytes.Length));
        (_buffer, _other) = (_other, _buffer);
        _length += bytes.Length;
    }
}
