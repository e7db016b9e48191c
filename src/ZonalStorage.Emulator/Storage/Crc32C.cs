using System.Buffers.Binary;
using System.Runtime.InteropServices;
using ArmCrc = System.Runtime.Intrinsics.Arm.Crc32;
using X86Crc = System.Runtime.Intrinsics.X86.Sse42;

namespace ZonalStorage.Emulator.Storage;

/// <summary>
/// CRC32C (Castagnoli), bit-reflected, as the service computes it: by the CPU's instruction where there is one, else
/// by slicing over eight tables.
/// </summary>
internal static class Crc32C
{
    private const uint Polynomial = 0x82F63B78;

    private static readonly uint[]? _tables =
        X86Crc.X64.IsSupported || ArmCrc.Arm64.IsSupported ? null : BuildTables();

    public static uint Compute(ReadOnlySpan<byte> data) => Append(0, data);

    /// <summary>The checksum of what <paramref name="crc"/> covers followed by <paramref name="data"/>.</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> data)
    {
        var c = ~crc;
        var words = MemoryMarshal.Cast<byte, ulong>(data);
        var rest = data[(words.Length * 8)..];
        if (X86Crc.X64.IsSupported)
        {
            ulong wide = c;
            foreach (var word in words) wide = X86Crc.X64.Crc32(wide, word);
            c = (uint)wide;
            foreach (var b in rest) c = X86Crc.Crc32(c, b);
        }
        else if (ArmCrc.Arm64.IsSupported)
        {
            foreach (var word in words) c = ArmCrc.Arm64.ComputeCrc32C(c, word);
            foreach (var b in rest) c = ArmCrc.ComputeCrc32C(c, b);
        }
        else
        {
            c = AppendSliced(c, data);
        }

        return ~c;
    }

    /// <summary>The checksum of two pieces in a row, from theirs and the second one's length.</summary>
    public static uint Combine(uint first, uint second, long secondLength)
    {
        // Appending n zero bytes multiplies by x^(8n) modulo the polynomial; squaring builds that power.
        var power = 0x00800000u;
        var shift = 0x80000000u;
        for (var n = secondLength; n > 0; n >>= 1)
        {
            if ((n & 1) != 0) shift = Multiply(shift, power);
            power = Multiply(power, power);
        }

        return Multiply(first, shift) ^ second;
    }

    private static uint Multiply(uint a, uint b)
    {
        uint product = 0;
        for (var bit = 0x80000000u; bit != 0; bit >>= 1)
        {
            if ((a & bit) != 0) product ^= b;
            b = (b >> 1) ^ ((b & 1) != 0 ? Polynomial : 0);
        }

        return product;
    }

    private static uint AppendSliced(uint c, ReadOnlySpan<byte> data)
    {
        var t = _tables!;
        for (; data.Length >= 8; data = data[8..])
        {
            var low = c ^ BinaryPrimitives.ReadUInt32LittleEndian(data);
            var high = BinaryPrimitives.ReadUInt32LittleEndian(data[4..]);
            c = t[(7 * 256) + (low & 255)] ^ t[(6 * 256) + ((low >> 8) & 255)]
                ^ t[(5 * 256) + ((low >> 16) & 255)] ^ t[(4 * 256) + (low >> 24)]
                ^ t[(3 * 256) + (high & 255)] ^ t[(2 * 256) + ((high >> 8) & 255)]
                ^ t[256 + ((high >> 16) & 255)] ^ t[high >> 24];
        }

        foreach (var b in data) c = (c >> 8) ^ t[(c ^ b) & 255];
        return c;
    }

    private static uint[] BuildTables()
    {
        var t = new uint[8 * 256];
        for (uint i = 0; i < 256; i++)
        {
            var c = i;
            for (var k = 0; k < 8; k++) c = (c >> 1) ^ ((c & 1) != 0 ? Polynomial : 0);
            t[i] = c;
        }

        for (var i = 256; i < t.Length; i++) t[i] = (t[i - 256] >> 8) ^ t[t[i - 256] & 255];
        return t;
    }
}
