using System.Text.RegularExpressions;
using Google.Cloud.Storage.V2;
using ZonalStorage.Emulator.Grpc;
using ZonalStorage.Emulator.Storage;

namespace ZonalStorage.Emulator.Services.Listing;

/// <summary>One page of ListObjects. Runs under the bucket's lock, so it jumps over what a prefix sums up.</summary>
internal sealed class ObjectListing
{
    private readonly ListObjectsRequest _request;
    private readonly BucketView _view;
    private readonly Regex? _glob;
    private readonly int _pageSize;
    private readonly ListObjectsResponse _page = new();

    public ObjectListing(ListObjectsRequest request, BucketView view)
    {
        if (request.Delimiter is not ("" or "/"))
        {
            throw RpcFailure.Invalid("A bucket with a hierarchical namespace takes no delimiter but '/'.");
        }

        if (request.SoftDeleted || request.Filter.Length > 0)
        {
            throw new RpcFailure(StatusCode.Unimplemented, "soft_deleted and filter are not served here.");
        }

        _request = request;
        _view = view;
        _glob = Glob.Compile(request.MatchGlob);
        _pageSize = PageToken.PageSize(request.PageSize);
    }

    private int Count => _page.Objects.Count + _page.Prefixes.Count;

    public ListObjectsResponse Run()
    {
        var from = PageToken.Read(_request.PageToken) ?? "";
        from = Later(Later(from, _request.Prefix), _request.LexicographicStart);
        while (Walk(from) is { } jump) from = jump;
        return _page;
    }

    /// <summary>Takes names from a start on; the result is where to go on after a jump, null at the end.</summary>
    private string? Walk(string from)
    {
        foreach (var name in _view.NamesFrom(from, _request.IncludeFoldersAsPrefixes && _request.Delimiter.Length > 0))
        {
            if (!name.StartsWith(_request.Prefix, StringComparison.Ordinal) || IsPastEnd(name)) return null;
            if (_glob?.IsMatch(name) == false) continue;
            if (PrefixOf(name) is { } prefix)
            {
                var isNew = _page.Prefixes.Count == 0
                    || !string.Equals(_page.Prefixes[^1], prefix, StringComparison.Ordinal);
                var isPlaceholder = _request.IncludeTrailingDelimiter
                    && string.Equals(name, prefix, StringComparison.Ordinal)
                    && _view.Find(name) is not null;
                if (isNew)
                {
                    if (IsFull(name)) return null;
                    _page.Prefixes.Add(prefix);
                }

                if (isPlaceholder) AddObject(name);

                return prefix[..^1] + (char)(prefix[^1] + 1);
            }

            if (_view.Find(name) is null) continue;
            if (IsFull(name)) return null;
            AddObject(name);
        }

        return null;
    }

    private bool IsPastEnd(string name) =>
        _request.LexicographicEnd.Length > 0
        && Utf8Order.Instance.Compare(name, _request.LexicographicEnd) >= 0;

    private bool IsFull(string next)
    {
        if (Count < _pageSize) return false;
        _page.NextPageToken = PageToken.Write(next);
        return true;
    }

    private void AddObject(string name) =>
        _page.Objects.Add(ResourceMask.Apply(_request.ReadMask, _view.Find(name)!.Describe(cheaply: true)));

    private string? PrefixOf(string name)
    {
        if (_request.Delimiter.Length == 0) return null;
        var slash = name.IndexOf('/', _request.Prefix.Length);
        return slash < 0 ? null : name[..(slash + 1)];
    }

    private static string Later(string a, string b) => Utf8Order.Instance.Compare(a, b) >= 0 ? a : b;
}
