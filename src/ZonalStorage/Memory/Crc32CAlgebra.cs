using System.Runtime.Intrinsics.X86;

namespace ZonalStorage.Memory;

/// <summary>Arithmetic of polynomials modulo CRC32C's, bit-reflected: the highest bit is the coefficient of x^0.</summary>
internal static class Crc32CAlgebra
{
    // The Castagnoli polynomial without its x^32, reflected.
    private const uint Polynomial = 0x82F63B78;
    private const uint One = 0x8000_0000;

    // x^(2^k): any power of x is a product of these.
    private static readonly uint[] _squares = MakeSquares();

    // Chunks of one length, mostly 2 MiB, are combined again and again.
    private static volatile CachedPower _last = new(0, One);

    /// <summary>The product of two polynomials.</summary>
    public static uint Multiply(uint a, uint b)
    {
        uint product = 0;
        for (; a != 0; a <<= 1)
        {
            if ((a & One) != 0) product ^= b;
            b = (b >> 1) ^ ((b & 1) != 0 ? Polynomial : 0);
        }

        return product;
    }

    /// <summary>x to the power of 8 × <paramref name="bytes"/>: multiplying by it appends that many zero bytes.</summary>
    public static uint PowerOfBytes(long bytes)
    {
        var last = _last;
        if (last.Bytes == bytes) return last.Power;
        var power = Power((UInt128)(ulong)bytes * 8);
        _last = new CachedPower(bytes, power);
        return power;
    }

    /// <summary>What <see cref="Crc32C"/> multiplies by to move a CRC over <paramref name="bytes"/> bytes.</summary>
    /// <remarks>
    /// With the carry-less multiplication the product comes out multiplied by x, and its reduction by the CRC instruction
    /// multiplies by x^32, hence the 33 less. In software it is the plain power.
    /// </remarks>
    public static uint LaneShift(int bytes) =>
        Power((UInt128)(bytes * 8L - (Pclmulqdq.IsSupported && Sse42.X64.IsSupported ? 33 : 0)));

    private static uint Power(UInt128 exponent)
    {
        var power = One;
        for (var k = 0; exponent != 0; k++, exponent >>= 1)
        {
            if ((exponent & 1) != 0) power = Multiply(power, _squares[k]);
        }

        return power;
    }

    private static uint[] MakeSquares()
    {
        // A length has 63 bits, in bits of content 66.
        var squares = new uint[67];
        squares[0] = One >> 1;
        for (var k = 1; k < squares.Length; k++) squares[k] = Multiply(squares[k - 1], squares[k - 1]);
        return squares;
    }

    private sealed record CachedPower(long Bytes, uint Power);
}
