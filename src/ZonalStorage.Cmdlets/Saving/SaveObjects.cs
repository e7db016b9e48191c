using System.Diagnostics;
using System.Threading.Channels;

namespace ZonalStorage.Cmdlets.Saving;

/// <summary>Brings many objects to a folder, several at a time, each checked, each failure an error of its own.</summary>
/// <remarks>
/// Objects are saved as they are found, while the listing goes on. Where a plan is wanted, or the work is divided among
/// several processes, all are found first.
/// </remarks>
internal sealed class SaveObjects(ZonalSession session, ISink sink, DestinationFolder destination, SaveOptions options)
{
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private int _saved;
    private int _skipped;
    private int _failed;
    private long _bytes;
    private long _resumed;

    /// <summary>Saves what the sources stand for, and tells the sum of it.</summary>
    public async Task<ZonalSaveSummary> RunAsync(ChannelReader<SaveSource> sources)
    {
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.ThrottleLimit, CancellationToken = sink.Stopping };
        if (options.IsPlanned) await Parallel.ForEachAsync(await PlanAsync(FindAsync(sources)), parallel, SaveAsync);
        else await Parallel.ForEachAsync(FindAsync(sources), parallel, SaveAsync);
        return new ZonalSaveSummary
        {
            Destination = destination.Root,
            Saved = _saved,
            Skipped = _skipped,
            Failed = _failed,
            Bytes = _bytes,
            ResumedBytes = _resumed,
            Duration = _clock.Elapsed,
        };
    }

    private async IAsyncEnumerable<SaveItem> FindAsync(ChannelReader<SaveSource> sources)
    {
        await foreach (var source in sources.ReadAllAsync(sink.Stopping))
        {
            if (source.IsSingle)
            {
                if (await PlaceAsync(source, listed: null) is { } item) yield return item;
                continue;
            }

            await foreach (var item in ListAsync(source)) yield return item;
        }
    }

    private async IAsyncEnumerable<SaveItem> ListAsync(SaveSource source)
    {
        await using var found = source.ListAsync(session, options.Recurse, sink.Stopping).GetAsyncEnumerator(sink.Stopping);
        while (true)
        {
            var isMore = false;
            // A bucket that cannot be listed is an error of its own.
            await TryAsync(source.Address, async () => isMore = await found.MoveNextAsync());
            if (!isMore) break;
            if (await PlaceAsync(source, found.Current) is { } item) yield return item;
        }
    }

    /// <summary>Tells where an object goes; null for nowhere. A name that collides, or cannot be, is an error of its own.</summary>
    private async ValueTask<SaveItem?> PlaceAsync(SaveSource source, ZonalObjectInfo? listed)
    {
        var uri = listed?.Uri;
        try
        {
            uri ??= source.Object;
            return destination.Place(uri, listed);
        }
        catch (Exception e) when (e is ZonalException or FormatException)
        {
            Interlocked.Increment(ref _failed);
            await sink.WriteErrorAsync(e, (object?)uri ?? source.Address);
            return null;
        }
    }

    /// <summary>Finds everything, divides it and asks whether to go on.</summary>
    private async Task<IReadOnlyList<SaveItem>> PlanAsync(IAsyncEnumerable<SaveItem> items)
    {
        var plan = await SavePlan.MakeAsync(items, StatAsync, options);
        if (options.Shard.IsPart) await sink.WriteVerboseAsync(plan.DescribeShard());
        var isConfirmed = await sink.ConfirmAsync(destination.Root, plan.Describe(session.Options));
        sink.Progress.ExpectedBytes = plan.Bytes;
        return isConfirmed ? plan.Items : [];
    }

    private async Task<ZonalObjectInfo?> StatAsync(ZonalUri uri)
    {
        ZonalObjectInfo? info = null;
        await TryAsync(uri, async () => info = await session.GetObjectInfoAsync(uri, sink.Stopping));
        return info;
    }

    private async ValueTask SaveAsync(SaveItem item, CancellationToken stopping) =>
        await TryAsync(item.Uri, () => SaveOneAsync(item, stopping));

    private async Task SaveOneAsync(SaveItem item, CancellationToken stopping)
    {
        destination.MakeFolderOf(item.Path, item.Uri);
        if (item.IsFolder)
        {
            Directory.CreateDirectory(item.Path);
            return;
        }

        if (options.SkipExisting && await IsThereAsync(item, stopping))
        {
            Interlocked.Increment(ref _skipped);
            return;
        }

        // Of an object that several processes bring, all must mean the same generation.
        var uri = item.Share is null ? item.Uri : item.Info!.Uri;
        var counters = sink.Progress.Begin(item.Uri.Name);
        ZonalTransferResult result;
        try
        {
            result = await session.DownloadAsync(uri, item.Path, options.ForOne(item.Share), counters, stopping);
        }
        finally
        {
            sink.Progress.End(counters);
        }

        Interlocked.Increment(ref _saved);
        Interlocked.Add(ref _bytes, result.Bytes);
        Interlocked.Add(ref _resumed, result.ResumedBytes);
        if (result.Restarted is { } restarted) await sink.WriteVerboseAsync($"{item.Uri}: {restarted}");
        if (options.PassThru) await sink.WriteAsync(result);
    }

    /// <summary>True if the file has the object's size and CRC32C.</summary>
    private async Task<bool> IsThereAsync(SaveItem item, CancellationToken stopping)
    {
        if (!File.Exists(item.Path)) return false;
        var info = item.Info ?? await session.GetObjectInfoAsync(item.Uri, stopping);
        return await LocalFileContent.IsAsync(item.Path, info, stopping);
    }

    private async Task TryAsync(object target, Func<Task> work)
    {
        if (!await sink.TryAsync(target, work)) Interlocked.Increment(ref _failed);
    }
}
