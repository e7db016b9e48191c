using System.Diagnostics;
using Microsoft.Win32.SafeHandles;
using ZonalStorage.Memory;
using ZonalStorage.Reading;

namespace ZonalStorage.Transfer;

/// <summary>Brings an object to a file: parts are written where they belong as they land, the name is given at the end.</summary>
/// <remarks>
/// Each of several slots has one staging block, reads a part into it over its own range, writes it at its place
/// (<c>pwrite</c>; measured better than a mapping) and goes on. The file is <c>NAME.partial</c> until all bytes are there, the
/// CRC32C combined from those of the parts equals the object's, and the data is on the disk.
/// </remarks>
internal sealed class FileDownload(ReadClient client, ZonalSessionOptions options)
{
    private const string PartialSuffix = ".partial";

    // One staging block a slot: large enough that a range's round trip is small beside its transfer, small enough to stay
    // warm. Chunks are 2 MiB.
    private const int PartSize = 8 << 20;

    /// <summary>See <see cref="ZonalSession.DownloadAsync"/>.</summary>
    public async Task<ZonalTransferResult> RunAsync(
        ZonalUri uri, string path, ZonalDownloadOptions download, ZonalProgress? progress,
        CancellationToken cancellationToken)
    {
        path = Path.GetFullPath(path);
        var clock = Stopwatch.StartNew();
        CheckTarget(path, download.Overwrite);
        await using var reader = await client.OpenAsync(uri, cancellationToken);
        var extent = Resolve(reader, download.Range);
        if (progress is not null) progress.TotalBytes = extent.Length;

        var partial = path + PartialSuffix;
        uint crc;
        try
        {
            using (var file = File.OpenHandle(
                partial, FileMode.Create, FileAccess.Write, FileShare.Read, FileOptions.None, extent.Length))
            {
                crc = await CopyAsync(reader, extent, file, progress, cancellationToken);
                CheckWhole(reader, extent, crc);
                RandomAccess.FlushToDisk(file);
            }

            cancellationToken.ThrowIfCancellationRequested();
            CheckTarget(path, download.Overwrite);
            File.Move(partial, path, download.Overwrite);
        }
        catch
        {
            DeleteQuietly(partial);
            throw;
        }

        return new ZonalTransferResult
        {
            Uri = reader.Uri,
            Path = path,
            Bytes = extent.Length,
            Duration = clock.Elapsed,
            Crc32C = crc,
        };
    }

    private static Extent Resolve(ZonalObjectReader reader, ByteRange range)
    {
        if (range.Offset > reader.Size)
            throw ReadErrors.OutOfRange(reader.Uri, $"byte {range.Offset} of {reader.Size}");
        var (offset, length) = range.Resolve(reader.Size);
        return new Extent(offset, length);
    }

    private async Task<uint> CopyAsync(
        ZonalObjectReader reader, Extent extent, SafeFileHandle file, ZonalProgress? progress,
        CancellationToken cancellationToken)
    {
        var count = (extent.Length + PartSize - 1) / PartSize;
        var crcs = new uint[count];
        long next = -1;
        // The first failure stops the other slots.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var slots = new Task[Math.Min(count, Math.Max(2, options.Concurrency))];
        for (var i = 0; i < slots.Length; i++) slots[i] = RunSlotAsync();
        try
        {
            await Task.WhenAll(slots);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw slots.First(static s => s.IsFaulted).Exception!.InnerException!;
        }

        uint crc = 0;
        for (long i = 0; i < count; i++) crc = Crc32C.Combine(crc, crcs[i], LengthOf(i));
        return crc;

        async Task RunSlotAsync()
        {
            var block = new NativeBlock((int)Math.Min(PartSize, extent.Length));
            try
            {
                for (var i = Interlocked.Increment(ref next); i < count; i = Interlocked.Increment(ref next))
                {
                    var part = block.Memory[..LengthOf(i)];
                    crcs[i] = await reader.FillPartAsync(extent.Offset + i * PartSize, part, progress, stop.Token);
                    RandomAccess.Write(file, part.Span, i * PartSize);
                    if (progress is not null) progress.Streams = reader.StreamCount;
                }
            }
            catch
            {
                await stop.CancelAsync();
                throw;
            }
            finally
            {
                block.Dispose();
            }
        }

        int LengthOf(long part) => (int)Math.Min(PartSize, extent.Length - part * PartSize);
    }

    private static void CheckWhole(ZonalObjectReader reader, Extent extent, uint crc)
    {
        if (reader.Info is not { IsFinalized: true, Crc32C: { } expected }) return;
        if (extent.Length != reader.Size || expected == crc) return;
        throw new ZonalException(
            "ChecksumMismatch", ZonalStatusCode.DataLoss,
            $"The bytes of '{reader.Uri}' have CRC32C {crc:x8}, the object has {expected:x8}.",
            "Nothing was left under the file's name. Try again.", reader.Uri.ToString());
    }

    private static void CheckTarget(string path, bool overwrite)
    {
        if (Directory.Exists(path))
        {
            throw new ZonalException(
                "DestinationIsDirectory", ZonalStatusCode.AlreadyExists, $"'{path}' is a folder.",
                "Give the name of a file in it.", path);
        }

        if (!overwrite && File.Exists(path))
        {
            throw new ZonalException(
                "DestinationExists", ZonalStatusCode.AlreadyExists, $"The file '{path}' exists.",
                "Add -Force to replace it, or give another name.", path);
        }
    }

    private static void DeleteQuietly(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What went wrong before is the error to report.
        }
    }
}
