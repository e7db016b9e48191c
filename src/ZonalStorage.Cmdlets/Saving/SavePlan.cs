using System.Collections.Concurrent;

namespace ZonalStorage.Cmdlets.Saving;

/// <summary>What is going to be saved by this process.</summary>
internal sealed class SavePlan
{
    // Enough to hide a round trip each; the service allows far more.
    private const int StatsAtATime = 32;

    private readonly Shard _shard;
    private readonly int _throttleLimit;
    private readonly int _allObjects;
    private readonly long _allBytes;

    private SavePlan(List<SaveItem> items, SaveOptions options, int allObjects, long allBytes)
    {
        Items = items;
        _shard = options.Shard;
        _throttleLimit = options.ThrottleLimit;
        _allObjects = allObjects;
        _allBytes = allBytes;
    }

    /// <summary>What to save, in the order of the names.</summary>
    public IReadOnlyList<SaveItem> Items { get; }

    /// <summary>Bytes of it.</summary>
    public long Bytes => Items.Sum(static i => i.Bytes ?? 0);

    /// <summary>Makes a plan.</summary>
    /// <param name="found">Everything, whoever saves it.</param>
    /// <param name="stat">Metadata of an object that was not listed; null if it cannot be had.</param>
    /// <param name="options">How it is saved.</param>
    public static async Task<SavePlan> MakeAsync(
        IAsyncEnumerable<SaveItem> found, Func<ZonalUri, Task<ZonalObjectInfo?>> stat, SaveOptions options)
    {
        var paths = new ConcurrentDictionary<ZonalObjectInfo, SaveItem>(ReferenceEqualityComparer.Instance);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = StatsAtATime };
        await Parallel.ForEachAsync(found, parallel, async (item, _) =>
        {
            if ((item.Info ?? await stat(item.Uri)) is { } info) paths.TryAdd(info, item with { Info = info });
        });
        var items = ShardPartition.Of(paths.Keys, options.Shard)
            .Select(part => paths[part.Info] with { Share = part.Share }).ToList();
        return new SavePlan(items, options, paths.Count, paths.Keys.Sum(static i => i.Size));
    }

    /// <summary>What <c>-WhatIf</c> prints: objects, bytes and streams.</summary>
    public string Describe(ZonalSessionOptions session)
    {
        var streams = Items.Take(_throttleLimit).Sum(i => i.Bytes <= ZonalDownloadOptions.ShareAlignment ? 1 : session.StreamsPerObject);
        return FormattableString.Invariant(
            $"Save {Items.Count} objects, {HumanSize.Format(Bytes)}, {Math.Min(_throttleLimit, Items.Count)} at a time over up to {streams} streams");
    }

    /// <summary>Which share this is, and who said so.</summary>
    public string DescribeShard() => FormattableString.Invariant(
        $"Shard {_shard.Index} of {_shard.Count} ({_shard.Source}): {Items.Count} of {_allObjects} objects, {HumanSize.Format(Bytes)} of {HumanSize.Format(_allBytes)}.");
}
