using System.Buffers;

namespace ZonalStorage.Cmdlets.Saving;

/// <summary>Tells whether a file has the content of an object.</summary>
internal static class LocalFileContent
{
    private const int BlockSize = 1 << 20;

    /// <summary>True if size and CRC32C are equal; false for an object that the service tells no CRC32C of.</summary>
    public static async Task<bool> IsAsync(string path, ZonalObjectInfo info, CancellationToken cancellationToken)
    {
        if (info.Crc32C is not { } expected || new FileInfo(path).Length != info.Size) return false;
        var block = ArrayPool<byte>.Shared.Rent(BlockSize);
        try
        {
            using var file = File.OpenHandle(path, options: FileOptions.SequentialScan);
            uint crc = 0;
            long offset = 0;
            int count;
            while ((count = await RandomAccess.ReadAsync(file, block, offset, cancellationToken)) > 0)
            {
                crc = ZonalChecksum.AppendCrc32C(crc, block.AsSpan(0, count));
                offset += count;
            }

            return offset == info.Size && crc == expected;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }
    }
}
