namespace ZonalStorage.Reading;

/// <summary>A read that serves several ranges.</summary>
/// <param name="Extent">What is read.</param>
/// <param name="First">Place in the sorted list of the first range that it serves.</param>
/// <param name="Count">How many it serves, one after another in that list.</param>
internal readonly record struct CoalescedRead(Extent Extent, int First, int Count);

/// <summary>Makes few reads of many ranges: those that lie close together share one.</summary>
internal static class CoalescePlanner
{
    /// <summary>Plans.</summary>
    /// <param name="sorted">Ranges by offset; none is empty.</param>
    /// <param name="gap">
    /// Bytes between two ranges that are read rather than asked for apart; 0 joins only what touches, less than 0 nothing.
    /// </param>
    /// <param name="most">Bytes at most of a read that serves several; a single range may be longer.</param>
    /// <returns>Reads in order; each range is served by one, and no read has more than <paramref name="gap"/> unwanted bytes
    /// between two of its ranges.</returns>
    public static List<CoalescedRead> Plan(ReadOnlySpan<Extent> sorted, long gap, long most)
    {
        var reads = new List<CoalescedRead>(sorted.Length);
        for (var i = 0; i < sorted.Length; i++)
        {
            if (reads.Count > 0 && gap >= 0)
            {
                var (extent, first, count) = reads[^1];
                var end = Math.Max(extent.End, sorted[i].End);
                if (sorted[i].Offset <= extent.End + gap && end - extent.Offset <= most)
                {
                    reads[^1] = new CoalescedRead(new Extent(extent.Offset, end - extent.Offset), first, count + 1);
                    continue;
                }
            }

            reads.Add(new CoalescedRead(sorted[i], i, 1));
        }

        return reads;
    }
}
