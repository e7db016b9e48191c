using System.Buffers.Binary;

namespace ZonalStorage.Memory;

/// <summary>CRC32C for processors without the instruction: eight bytes at a time by tables.</summary>
internal static class Crc32CSoftware
{
    private const uint Polynomial = 0x82F63B78;
    private const int Slices = 8;

    private static readonly uint[] _tables = MakeTables();

    /// <inheritdoc cref="Crc32C.Append"/>
    public static uint Append(uint crc, ReadOnlySpan<byte> bytes)
    {
        crc = ~crc;
        var tables = _tables;
        for (; bytes.Length >= Slices; bytes = bytes[Slices..])
        {
            var low = BinaryPrimitives.ReadUInt32LittleEndian(bytes) ^ crc;
            var high = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
            crc = tables[7 * 256 + (byte)low] ^ tables[6 * 256 + (byte)(low >> 8)]
                ^ tables[5 * 256 + (byte)(low >> 16)] ^ tables[4 * 256 + (int)(low >> 24)]
                ^ tables[3 * 256 + (byte)high] ^ tables[2 * 256 + (byte)(high >> 8)]
                ^ tables[256 + (byte)(high >> 16)] ^ tables[(int)(high >> 24)];
        }

        foreach (var value in bytes) crc = (crc >> 8) ^ tables[(byte)(crc ^ value)];
        return ~crc;
    }

    private static uint[] MakeTables()
    {
        var tables = new uint[Slices * 256];
        for (uint i = 0; i < 256; i++)
        {
            var crc = i;
            for (var bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ ((crc & 1) != 0 ? Polynomial : 0);
            tables[i] = crc;
        }

        for (var i = 256; i < tables.Length; i++)
            tables[i] = (tables[i - 256] >> 8) ^ tables[(byte)tables[i - 256]];
        return tables;
    }
}
