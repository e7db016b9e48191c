namespace ZonalStorage.Cmdlets.Saving;

/// <summary>Divides objects among shards by bytes: the same in every process that sees the same objects.</summary>
/// <remarks>
/// The objects, in the order of their names, are laid end to end and the line is cut into equal pieces. An object that a cut
/// goes through is divided there, at the next multiple of <see cref="Granularity"/>, if it is large; a small one goes to
/// the shard that has its middle. So at most count - 1 objects are divided, and shares differ by no more than
/// one small object.
/// </remarks>
internal static class ShardPartition
{
    /// <summary>Bytes of which divided objects are cut at multiples, but for their ends: four parts of a transfer.</summary>
    public const long Granularity = 8 << 20;

    // Several processes on one file cost them some opens, and one of them a look over the journals.
    private const long WorthDividing = 64 << 20;

    /// <summary>The objects of one shard, and what of them.</summary>
    public static IEnumerable<(ZonalObjectInfo Info, ByteRange? Share)> Of(
        IEnumerable<ZonalObjectInfo> objects, Shard shard, long worthDividing = WorthDividing)
    {
        var line = objects.OrderBy(static o => o.Bucket, StringComparer.Ordinal).ThenBy(static o => o.Name, StringComparer.Ordinal)
            .ThenBy(static o => o.Generation).ToList();
        // One more for each, so that empty objects are divided as well.
        var total = line.Aggregate((Int128)0, static (sum, o) => sum + o.Size + 1);
        var (start, end) = (Cut(shard.Index), Cut(shard.Index + 1));
        Int128 at = 0;
        foreach (var info in line)
        {
            var length = info.Size + 1;
            if (info.Size < worthDividing)
            {
                var middle = at + length / 2;
                if (middle >= start && middle < end) yield return (info, null);
            }
            else
            {
                var first = Round(start - at, info.Size);
                var last = Round(end - at, info.Size);
                if (first == 0 && last == info.Size) yield return (info, null);
                else if (last > first) yield return (info, new ByteRange(first, last - first));
            }

            at += length;
        }

        Int128 Cut(int index) => total * index / shard.Count;
    }

    // Where in an object a cut goes: the nearest multiple, or one of its ends.
    private static long Round(Int128 cut, long size)
    {
        if (cut <= 0) return 0;
        if (cut >= size) return size;
        return Math.Min(((long)cut + Granularity / 2) / Granularity * Granularity, size);
    }
}
