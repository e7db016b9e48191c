using System.Diagnostics;

namespace ZonalStorage.Transport.Hpack;

/// <summary>The fixed Huffman code of HPACK (RFC 7541, Appendix B).</summary>
/// <remarks>
/// The code is canonical: codes of one length are consecutive numbers in the order of their symbols, so the lengths say it
/// all. Codes of up to nine bits (the letters, digits and signs that headers are made of) are looked up in a table of 1 KiB;
/// for longer ones the length is searched, and the place among the codes of that length gives the symbol.
/// </remarks>
internal static class Huffman
{
    private const int EndOfString = 256;
    private const int SymbolCount = 257;
    private const int ShortestCode = 5;
    private const int LongestCode = 30;
    private const int ShortBits = 9;

    // A table entry is symbol << LengthBits | length; 0 for none.
    private const int LengthBits = 5;

    private static readonly ushort[] _short = new ushort[1 << ShortBits];

    // By code length: the first code; the number that is one beyond the last code, shifted up to 32 bits; and where the
    // symbols begin in _symbols, which has them in the order of their codes.
    private static readonly uint[] _firstCode = new uint[LongestCode + 1];
    private static readonly ulong[] _end = new ulong[LongestCode + 1];
    private static readonly int[] _firstSymbol = new int[LongestCode + 1];
    private static readonly ushort[] _symbols = new ushort[SymbolCount];

    static Huffman()
    {
        uint code = 0;
        var count = 0;
        for (var length = ShortestCode; length <= LongestCode; length++)
        {
            code <<= 1;
            _firstCode[length] = code;
            _firstSymbol[length] = count;
            for (var symbol = 0; symbol < SymbolCount; symbol++)
            {
                if (Lengths[symbol] != length) continue;
                _symbols[count++] = (ushort)symbol;
                if (length <= ShortBits)
                {
                    // Every number that begins with the code.
                    _short.AsSpan((int)code << (ShortBits - length), 1 << (ShortBits - length))
                        .Fill((ushort)((symbol << LengthBits) | length));
                }

                code++;
            }

            _end[length] = (ulong)code << (32 - length);
        }

        Debug.Assert(count == SymbolCount && _end[LongestCode] == 1UL << 32, "the code is complete");
    }

    // Code lengths in bits of the symbols 0 to 255 and of the end-of-string symbol.
    private static ReadOnlySpan<byte> Lengths =>
    [
        13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28,
        28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
        6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6,
        5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
        13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
        7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
        15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5,
        6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
        20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
        24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
        22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23,
        21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
        26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
        19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
        20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
        26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
        30,
    ];

    /// <summary>Bytes at most that <paramref name="encodedLength"/> bytes decode to.</summary>
    public static int MaximumDecodedLength(int encodedLength) =>
        (int)Math.Min((long)encodedLength * 8 / ShortestCode, int.MaxValue);

    /// <summary>Decodes a string.</summary>
    /// <param name="encoded">The string's bytes.</param>
    /// <param name="destination">May be shorter than the string could become: that bounds it.</param>
    /// <returns>Bytes written; -1 if the destination is too short.</returns>
    /// <exception cref="HpackException">It holds the end-of-string symbol, or its padding is wrong (§5.2).</exception>
    public static int Decode(ReadOnlySpan<byte> encoded, Span<byte> destination)
    {
        var written = 0;
        var next = 0;
        // The undecoded bits read so far, from the highest bit on; below them zeros.
        ulong bits = 0;
        var count = 0;
        while (true)
        {
            for (; count <= 56 && next < encoded.Length; count += 8) bits |= (ulong)encoded[next++] << (56 - count);
            // Seven ones at most are padding: no code is so short and all ones.
            if (count < 8 && bits == ~(ulong.MaxValue >> count)) return written;

            var window = (uint)(bits >> 32);
            int entry = _short[window >> (32 - ShortBits)];
            if (entry == 0) entry = DecodeLong(window);
            var length = entry & ((1 << LengthBits) - 1);
            if (length > count) throw new HpackException("wrong Huffman padding, or a code that is cut.");
            var symbol = entry >> LengthBits;
            if (symbol == EndOfString) throw new HpackException("an end-of-string symbol within a string.");
            if (written == destination.Length) return -1;
            destination[written++] = (byte)symbol;
            bits <<= length;
            count -= length;
        }
    }

    private static int DecodeLong(uint window)
    {
        var length = ShortBits + 1;
        while (window >= _end[length]) length++;
        var place = (int)((window >> (32 - length)) - _firstCode[length]);
        return (_symbols[_firstSymbol[length] + place] << LengthBits) | length;
    }
}
