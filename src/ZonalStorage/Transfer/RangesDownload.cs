using System.Diagnostics;
using ZonalStorage.Memory;
using ZonalStorage.Reading;

namespace ZonalStorage.Transfer;

/// <summary>Brings ranges of an object to a file, one after another.</summary>
/// <remarks>All of them or nothing: the file is <c>NAME.partial</c> until the last byte is on the disk.</remarks>
internal sealed class RangesDownload(ReadClient client, RangeBatch batch, string path, bool overwrite)
{
    private readonly string _path = Path.GetFullPath(path);

    /// <summary>See <see cref="ZonalSession.DownloadRangesAsync"/>.</summary>
    public async Task<ZonalTransferResult> RunAsync(
        ZonalUri uri, IReadOnlyList<ByteRange> ranges, ZonalProgress? progress, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        DownloadFiles.CheckTarget(_path, overwrite);
        using var reader = await client.OpenAsync(uri, [], cancellationToken).ConfigureAwait(false);
        var pieces = Cut(reader, ranges);
        var length = pieces.Sum(static p => p.Length!.Value);
        if (progress is not null) progress.TotalBytes = length;
        using var file = PartialFile.Create(_path, length);
        try
        {
            // By the generation that the lengths belong to.
            var crc = await CopyAsync(batch.ReadAsync(reader.Uri, pieces, progress, cancellationToken), file, cancellationToken).ConfigureAwait(false);
            file.Flush(timestamp: null);
            cancellationToken.ThrowIfCancellationRequested();
            file.PrepareForRename();
            DownloadFiles.GiveName(_path, overwrite, isShared: false);
            return new ZonalTransferResult
            {
                Uri = reader.Uri, Path = _path, Bytes = length, Crc32C = crc, Duration = clock.Elapsed,
            };
        }
        catch
        {
            file.PrepareForRemoval();
            DownloadFiles.RemovePartial(_path, isShared: false);
            throw;
        }
    }

    private static async Task<uint> CopyAsync(
        IAsyncEnumerable<ZonalRangeResult> results, PartialFile file, CancellationToken cancellationToken)
    {
        var (crc, position) = (0u, 0L);
        await foreach (var result in results.ConfigureAwait(false))
        {
            if (result.Error is { } error) throw error;
            var bytes = result.Data!;
            await file.WriteAsync(bytes, position, static () => { }, cancellationToken).ConfigureAwait(false);
            crc = Crc32C.Append(crc, bytes);
            position += bytes.Length;
        }

        return crc;
    }

    /// <summary>Where the ranges lie, cut so small that memory stays bounded: a file knows no borders between them.</summary>
    private static List<ByteRange> Cut(ObjectReader reader, IReadOnlyList<ByteRange> ranges)
    {
        var pieces = new List<ByteRange>(ranges.Count);
        foreach (var range in ranges)
        {
            var (offset, length) = reader.Clamp(range);
            for (var end = offset + length; offset < end; offset += PartTable.PartSize)
                pieces.Add(new ByteRange(offset, Math.Min(PartTable.PartSize, end - offset)));
        }

        return pieces;
    }
}
