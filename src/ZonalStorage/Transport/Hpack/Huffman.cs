namespace ZonalStorage.Transport.Hpack;

/// <summary>The fixed Huffman code of HPACK (RFC 7541, Appendix B).</summary>
/// <remarks>
/// The code is canonical: codes of one length are consecutive numbers in the order of their symbols, so the lengths say it
/// all. Decoding goes bit by bit over the lengths; header blocks here are a few hundred bytes a stream.
/// </remarks>
internal static class Huffman
{
    private const int EndOfString = 256;
    private const int LongestCode = 30;

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

    // By code length: the first code, the number of codes, and where their symbols begin in _symbols.
    private static readonly uint[] _firstCode = new uint[LongestCode + 1];
    private static readonly int[] _count = new int[LongestCode + 1];
    private static readonly int[] _firstSymbol = new int[LongestCode + 1];
    private static readonly short[] _symbols = new short[257];

    static Huffman()
    {
        foreach (var length in Lengths) _count[length]++;
        uint code = 0;
        var symbol = 0;
        for (var length = 1; length <= LongestCode; length++)
        {
            code <<= 1;
            _firstCode[length] = code;
            _firstSymbol[length] = symbol;
            for (var s = 0; s < Lengths.Length; s++)
            {
                if (Lengths[s] == length) _symbols[symbol++] = (short)s;
            }

            code += (uint)_count[length];
        }
    }

    /// <summary>Bytes at most that <paramref name="encodedLength"/> bytes decode to: the shortest code has five bits.</summary>
    public static int MaximumDecodedLength(int encodedLength) => encodedLength * 8 / 5;

    /// <summary>The code of a symbol, for encoders in tests.</summary>
    public static (uint Code, int Length) Code(byte symbol)
    {
        var length = Lengths[symbol];
        var place = Array.IndexOf(_symbols, (short)symbol, _firstSymbol[length], _count[length]);
        return (_firstCode[length] + (uint)(place - _firstSymbol[length]), length);
    }

    /// <summary>Decodes a string.</summary>
    /// <returns>Bytes written.</returns>
    /// <exception cref="HpackException">It holds the end-of-string symbol, or its padding is wrong (§5.2).</exception>
    public static int Decode(ReadOnlySpan<byte> encoded, Span<byte> destination)
    {
        var written = 0;
        uint code = 0;
        var length = 0;
        foreach (var value in encoded)
        {
            for (var bit = 7; bit >= 0; bit--)
            {
                code = (code << 1) | (uint)((value >> bit) & 1);
                length++;
                var place = code - _firstCode[length];
                if (place >= (uint)_count[length])
                {
                    // No code is longer than the end-of-string symbol's, which is all ones.
                    if (length == LongestCode) throw new HpackException("a Huffman code that does not exist.");
                    continue;
                }

                var symbol = _symbols[_firstSymbol[length] + (int)place];
                if (symbol == EndOfString) throw new HpackException("an end-of-string symbol within a string.");
                destination[written++] = (byte)symbol;
                code = 0;
                length = 0;
            }
        }

        // What is left is padding: fewer than eight bits, all ones.
        if (length > 7 || code != (1u << length) - 1) throw new HpackException("wrong Huffman padding.");
        return written;
    }
}
