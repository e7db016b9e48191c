using System.Threading.Channels;

namespace ZonalStorage.Cmdlets.Operations;

/// <summary>All ranges of a pipeline that go to one place, be it an array or a file.</summary>
internal static class RangeCollection
{
    /// <summary>Waits for the last record.</summary>
    /// <returns>The one object and its ranges; null if there was no record.</returns>
    /// <exception cref="ZonalException"><c>ParametersConflict</c>: they are of several objects.</exception>
    public static async Task<RangeRequest?> CollectAsync(ChannelReader<RangeRequest> requests, CancellationToken stopping)
    {
        ZonalUri? uri = null;
        var ranges = new List<ByteRange>();
        await foreach (var request in requests.ReadAllAsync(stopping))
        {
            if (uri is not null && !uri.Equals(request.Uri)) throw Several(uri, request.Uri);
            uri = request.Uri;
            ranges.AddRange(request.Ranges);
        }

        return uri is null ? null : new RangeRequest(uri, ranges);
    }

    private static ZonalException Several(ZonalUri one, ZonalUri other) => new(
        ZonalErrorIds.ParametersConflict, ZonalStatusCode.InvalidArgument,
        $"Ranges of '{one}' and of '{other}' cannot go to one -Into or -Destination.",
        "Call Read-ZonalRange once for each object.", one.ToString());
}
