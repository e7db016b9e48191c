namespace ZonalStorage.Cmdlets.Operations;

/// <summary>Ranges that are read together, grouped by object, while their results are handed on in the order asked for.</summary>
internal sealed class RequestBatch
{
    private readonly Dictionary<ZonalUri, ObjectRanges> _objects;

    private RequestBatch(IReadOnlyList<RangeRequest> requests, Dictionary<ZonalUri, ObjectRanges> objects)
    {
        Requests = requests;
        _objects = objects;
    }

    /// <summary>What was asked for, in order.</summary>
    public IReadOnlyList<RangeRequest> Requests { get; }

    /// <summary>Begins to read.</summary>
    public static RequestBatch Start(
        ZonalSession session, IReadOnlyList<RangeRequest> requests, TransferProgress progress, CancellationToken stopping) => new(
            requests,
            requests.GroupBy(static r => r.Uri, static r => r.Ranges).ToDictionary(
                static group => group.Key,
                group => new ObjectRanges(session, group.Key, Join([.. group]), progress, stopping)));

    /// <summary>The reads of an object: its results come in the order of the requests for it.</summary>
    public ObjectRanges this[ZonalUri uri] => _objects[uri];

    /// <summary>Ends when nothing of the batch runs any more.</summary>
    public async Task EndAsync()
    {
        foreach (var ranges in _objects.Values) await ranges.DisposeAsync();
    }

    private static IReadOnlyList<ByteRange> Join(IReadOnlyList<ByteRange>[] ranges) =>
        ranges.Length == 1 ? ranges[0] : [.. ranges.SelectMany(static r => r)];
}
