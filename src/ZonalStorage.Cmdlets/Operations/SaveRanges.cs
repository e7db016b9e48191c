namespace ZonalStorage.Cmdlets.Operations;

/// <summary>Writes ranges of one object to a file, one after another.</summary>
internal sealed class SaveRanges(ZonalSession session, ISink sink)
{
    /// <summary>Replace a file that exists.</summary>
    public bool Overwrite { get; init; }

    /// <summary>Write a result for the file.</summary>
    public bool PassThru { get; init; }

    /// <summary>Writes; a failure leaves nothing and is an error.</summary>
    public Task RunAsync(ZonalUri uri, IReadOnlyList<ByteRange> ranges, string path) => sink.TryAsync(uri, async () =>
    {
        var counters = sink.Progress.Begin();
        try
        {
            // One range is divided among streams, like an object.
            var result = await (ranges is [var range]
                ? session.DownloadAsync(
                    uri, path, new ZonalDownloadOptions { Range = range, Overwrite = Overwrite }, counters, sink.Stopping)
                : session.DownloadRangesAsync(uri, ranges, path, Overwrite, counters, sink.Stopping));
            if (PassThru) await sink.WriteAsync(result);
        }
        finally
        {
            sink.Progress.End(counters);
        }
    });
}
