using System.Diagnostics;
using ZonalStorage.Memory;
using ZonalStorage.Reading;

namespace ZonalStorage.Transfer;

/// <summary>Brings an object to a file: parts are written where they belong as they land, the name is given at the end.</summary>
/// <remarks>
/// The file is <c>NAME.partial</c> until all bytes are there, the CRC32C combined from those of the parts equals the
/// object's, and the data is on the disk. With a journal beside it a later run, or other processes that bring other shares
/// of the same file, know what is there.
/// </remarks>
internal sealed class FileDownload(ReadClient client, ReadContext context, ZonalUri uri, string path, ZonalDownloadOptions download)
{
    // So much is asked for ahead of a stream: what makes the pool open another (see MultiRangeDownloaderPool).
    private const int PartsPerStream = 16;

    private readonly string _path = Path.GetFullPath(path);

    private bool IsShared => download.Share is not null;

    private string JournalPath => DownloadFiles.JournalOf(_path, download.Share?.Offset);

    /// <summary>See <see cref="ZonalSession.DownloadAsync"/>.</summary>
    public async Task<ZonalTransferResult> RunAsync(ZonalProgress? progress, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        DownloadFiles.CheckTarget(_path, download.Overwrite);
        using var memory = context.Budget.OpenAccount();
        // The one that opens it, and of a small object brings it.
        if (progress is not null) progress.Streams = 1;
        var head = WantsHead ? new OwnedRange(download.Range.Offset, memory.Rent(HeadLength), progress) : null;
        try
        {
            using var reader = await client.OpenAsync(uri, head is null ? [] : [head.Range], cancellationToken).ConfigureAwait(false);
            var result = await CopyAsync(reader, head, memory, progress, cancellationToken).ConfigureAwait(false);
            return result with { Duration = clock.Elapsed };
        }
        finally
        {
            head?.Range.Abandon(ReadErrors.Closed());
            head?.Release();
        }
    }

    // Where a part may be there already nothing is asked for before that is known.
    private bool WantsHead =>
        download.Range is { Offset: >= 0 and <= ReadClient.LargestBlindOffset, Length: null or > 0 } && !IsShared && !(download.Resume && File.Exists(JournalPath));

    private int HeadLength => (int)Math.Min(PartTable.PartSize, download.Range.Length ?? long.MaxValue);

    private async Task<ZonalTransferResult> CopyAsync(
        ObjectReader reader, OwnedRange? head, MemoryAccount memory, ZonalProgress? progress,
        CancellationToken cancellationToken)
    {
        var extent = reader.Clamp(download.Range);
        var share = ShareOf(extent.Length);
        var parts = new PartTable(extent, share);
        using var state = DownloadState.Open(
            _path, JournalPath, PartJournal.Describe(reader.Info, extent), parts, download, memory);
        try
        {
            var missing = parts.MissingBytes;
            if (progress is not null) progress.TotalBytes = missing;
            var copier = new PartCopier(reader, state.File, parts, state.Journal, memory, progress);
            var streams = Math.Min(context.Options.StreamsPerObject, context.Options.Concurrency);
            var missingParts = parts.MissingCount - (head is null ? 0 : 1);
            await copier.RunAsync(streams, Math.Clamp(missingParts, 0, streams * PartsPerStream), head, cancellationToken).ConfigureAwait(false);
            var isWhole = state.Finish(parts, Timestamp(reader.Info));
            if (isWhole) CheckWhole(reader, parts);
            cancellationToken.ThrowIfCancellationRequested();
            var isNamed = isWhole && DownloadFiles.GiveName(_path, download.Overwrite, IsShared);
            if (isNamed && state.Journal is not null) DownloadFiles.RemoveJournals(_path, IsShared);
            return new ZonalTransferResult
            {
                Uri = reader.Uri,
                Path = _path,
                Bytes = missing,
                ResumedBytes = share.Length - missing,
                // Another process that brought a share of it may have been faster.
                IsComplete = isNamed || (IsShared && !File.Exists(PartialFile.NameOf(_path))),
                Restarted = state.Restarted,
                Crc32C = isWhole ? parts.Crc32C : null,
            };
        }
        catch when (state.Journal is null)
        {
            state.File.PrepareForRemoval();
            DownloadFiles.RemovePartial(_path, IsShared);
            throw;
        }
    }

    private Extent ShareOf(long length)
    {
        if (download.Share is not { } share) return new Extent(0, length);
        var (offset, count) = share.Resolve(length);
        if (offset % PartTable.PartSize == 0 && (count % PartTable.PartSize == 0 || offset + count == length))
            return new Extent(offset, count);
        throw new InvalidOperationException(
            $"The share {share} of '{_path}' does not begin and end at multiples of {PartTable.PartSize} bytes.");
    }

    // When the content last changed, as far as the service tells; metadata changes later do not count.
    private DateTimeOffset? Timestamp(ZonalObjectInfo info) =>
        download.PreserveTimestamp ? info.Finalized ?? info.Created ?? info.Updated : null;

    private void CheckWhole(ObjectReader reader, PartTable parts)
    {
        if (reader.Info is not { IsFinalized: true, Crc32C: { } expected }) return;
        if (parts.Extent.Length != reader.Size || expected == parts.Crc32C) return;
        // Nobody can tell which part it is that must not be believed.
        DownloadFiles.RemovePartial(_path, IsShared);
        throw new ZonalException(
            ZonalErrorIds.ChecksumMismatch, ZonalStatusCode.DataLoss,
            $"The bytes of '{reader.Uri}' have CRC32C {parts.Crc32C:x8}, the object has {expected:x8}.",
            "Nothing was left under the file's name. Try again.", reader.Uri.ToString());
    }
}
