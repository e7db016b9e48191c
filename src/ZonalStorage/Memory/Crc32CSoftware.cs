using System.Buffers.Binary;

namespace ZonalStorage.Memory;

/// <summary>CRC32C for processors without the instruction: eight bytes at a time by tables.</summary>
internal sealed unsafe class Crc32CSoftware : Crc32CMethod
{
    private const int Slices = 8;

    private static readonly uint[] _tables = MakeTables();

    /// <summary>Moves a state over eight bytes.</summary>
    public static uint Step(uint state, ulong word)
    {
        var tables = _tables;
        word ^= state;
        return tables[7 * 256 + (byte)word] ^ tables[6 * 256 + (byte)(word >> 8)]
            ^ tables[5 * 256 + (byte)(word >> 16)] ^ tables[4 * 256 + (byte)(word >> 24)]
            ^ tables[3 * 256 + (byte)(word >> 32)] ^ tables[2 * 256 + (byte)(word >> 40)]
            ^ tables[256 + (byte)(word >> 48)] ^ tables[(byte)(word >> 56)];
    }

    /// <summary>Moves a state over a byte.</summary>
    public static uint Step(uint state, byte value) => (state >> 8) ^ _tables[(byte)(state ^ value)];

    /// <inheritdoc/>
    public override uint Run(uint state, byte* source, byte* destination, nint length, bool isStreaming)
    {
        var bytes = new ReadOnlySpan<byte>(source, (int)length);
        if (destination is not null) bytes.CopyTo(new Span<byte>(destination, (int)length));
        for (; bytes.Length >= Slices; bytes = bytes[Slices..])
            state = Step(state, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (var value in bytes) state = Step(state, value);
        return state;
    }

    private static uint[] MakeTables()
    {
        var tables = new uint[Slices * 256];
        for (uint i = 0; i < 256; i++)
        {
            var crc = i;
            for (var bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ ((crc & 1) != 0 ? Crc32CAlgebra.Polynomial : 0);
            tables[i] = crc;
        }

        for (var i = 256; i < tables.Length; i++)
            tables[i] = (tables[i - 256] >> 8) ^ tables[(byte)tables[i - 256]];
        return tables;
    }
}
