using ZonalStorage.Memory;

namespace ZonalStorage;

/// <summary>The checksum that the service keeps of every object.</summary>
public static class ZonalChecksum
{
    /// <summary>Continues a CRC32C (Castagnoli, as RFC 3720) over more bytes, at the speed of the processor's instruction.</summary>
    /// <param name="crc">Of what came before; 0 for nothing.</param>
    /// <param name="bytes">What follows.</param>
    /// <returns>Of both.</returns>
    public static uint AppendCrc32C(uint crc, ReadOnlySpan<byte> bytes) => Crc32C.Append(crc, bytes);
}
