using System.Numerics;

namespace ZonalStorage.Memory;

/// <summary>Arithmetic of polynomials modulo CRC32C's, bit-reflected: the highest bit is the coefficient of x^0.</summary>
/// <remarks>
/// Appending n zero bytes to a message multiplies its CRC by x^8n. The product is made by a multiplication without carries and
/// one step of the CRC to reduce it, a few nanoseconds where the processor has both. It then comes out as a × b × x^33: reflected
/// operands leave the product off by one bit, and a step multiplies by x^32. Hence an <em>operand</em> for x^n is kept as
/// x^(n-33), which makes up for it, and the product of two operands is an operand again.
/// </remarks>
internal static class Crc32CAlgebra
{
    /// <summary>The Castagnoli polynomial without its x^32, reflected.</summary>
    public const uint Polynomial = 0x82F63B78;

    private const uint One = 0x8000_0000;

    // Operands that append 2^k zero bytes; a length has 63 bits. From x^(8-33) on, each the square of the last.
    private static readonly uint[] _powers = MakePowers();

    /// <summary>The product a × b × x^33: of a CRC and an operand that CRC moved on, of two operands an operand.</summary>
    public static uint Multiply(uint a, uint b)
    {
        if (X86Crc32CInstructions.IsSupported)
            return (uint)X86Crc32CInstructions.Step(0, X86Crc32CInstructions.Multiply(a, b));
        if (ArmCrc32CInstructions.IsSupported)
            return (uint)ArmCrc32CInstructions.Step(0, ArmCrc32CInstructions.Multiply(a, b));
        return Crc32CSoftware.Step(0, MultiplyWithoutCarries(a, b));
    }

    /// <summary>The CRC of a message with so many zero bytes behind it, without the inversions of the final CRC.</summary>
    public static uint MoveOver(uint crc, long bytes)
    {
        for (var left = (ulong)bytes; left != 0; left &= left - 1)
            crc = Multiply(crc, _powers[BitOperations.TrailingZeroCount(left)]);
        return crc;
    }

    /// <summary>The operand that appends so many zero bytes; at least one.</summary>
    public static uint Operand(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes);
        var lowest = BitOperations.TrailingZeroCount(bytes);
        return MoveOver(_powers[lowest], bytes & (bytes - 1));
    }

    /// <summary>The product without carries, for processors that have no instruction for it.</summary>
    public static ulong MultiplyWithoutCarries(uint a, uint b)
    {
        ulong product = 0;
        for (; b != 0; b &= b - 1) product ^= (ulong)a << BitOperations.TrailingZeroCount(b);
        return product;
    }

    private static uint[] MakePowers()
    {
        var x = One;
        for (var i = 0; i < 33 - 8; i++) x = DivideByX(x);
        var powers = new uint[63];
        for (var k = 0; k < powers.Length; k++, x = Multiply(x, x)) powers[k] = x;
        return powers;
    }

    // Multiplying by x shifts right and takes the polynomial off when a bit falls out, which leaves the highest bit set.
    private static uint DivideByX(uint a) => (a & One) != 0 ? ((a ^ Polynomial) << 1) | 1 : a << 1;
}
