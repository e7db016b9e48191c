using System.Runtime.CompilerServices;
using Google.Cloud.Storage.Control.V2;
using Google.Cloud.Storage.V2;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using ZonalStorage.Protocol;
using ZonalStorage.Transport;
using ZonalStorage.Transport.Grpc;
using Object = Google.Cloud.Storage.V2.Object;

namespace ZonalStorage.Reading;

/// <summary>The calls about objects and buckets that are not reads of content.</summary>
internal sealed class MetadataClient(GrpcChannel channel)
{
    private const int LargestPage = 1000;
    private const string GetBucketPermission = "storage.buckets.get";

    private readonly UnaryClient _calls = new(channel);
    private readonly ZonalSessionOptions _options = channel.Options;

    /// <summary>See <see cref="ZonalSession.GetObjectInfoAsync"/>.</summary>
    public async Task<ZonalObjectInfo> GetObjectAsync(ZonalUri uri, CancellationToken cancellationToken)
    {
        CheckNamesObject(uri);
        var request = new GetObjectRequest { Bucket = uri.BucketResource, Object = uri.Name };
        if (uri.Generation is { } generation) request.Generation = generation;
        var (status, response) = await _calls.CallAsync<Object>(
            GrpcMethod.GetObject, uri.BucketResource, request, isIdempotent: true, cancellationToken).ConfigureAwait(false);
        if (!status.IsOk) throw await ExplainAsync(ReadErrors.FromStatus(status, uri), uri, cancellationToken).ConfigureAwait(false);
        return response!.ToCheckedInfo(uri);
    }

    /// <summary>See <see cref="ZonalSession.ListObjectsAsync"/>.</summary>
    public async IAsyncEnumerable<ZonalObjectInfo> ListObjectsAsync(
        ZonalUri bucket, ZonalListOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new ListObjectsRequest
        {
            Parent = bucket.BucketResource,
            PageSize = Math.Clamp(options.PageSize, 1, LargestPage),
            Prefix = options.Prefix,
            Delimiter = options.Delimiter ?? "",
            IncludeFoldersAsPrefixes = options.Delimiter is "/",
            MatchGlob = options.Glob ?? "",
        };
        var check = new ListingCheck(bucket.ToString());
        do
        {
            var (status, page) = await GetPageAsync(
                GrpcMethod.ListObjects, bucket.BucketResource, request, ListPage.OfObjects, request.PageSize,
                size => request.PageSize = size, cancellationToken).ConfigureAwait(false);
            if (!status.IsOk) throw ReadErrors.FromStatus(status, bucket);
            foreach (var prefix in page!.Prefixes)
            {
                if (check.ReadPrefix(prefix, bucket) is { } info) yield return info;
            }

            foreach (var entry in page.Entries)
            {
                if (check.ReadObject(entry, bucket, options.Prefix) is { } info) yield return info;
            }

            request.PageToken = check.Next(page);
        }
        while (request.PageToken.Length > 0);
        check.End();
    }

    /// <summary>See <see cref="ZonalSession.ListBucketsAsync"/>.</summary>
    public async IAsyncEnumerable<ZonalBucketInfo> ListBucketsAsync(
        string project, string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new ListBucketsRequest { Parent = "projects/" + project, Prefix = prefix, PageSize = LargestPage };
        var check = new ListingCheck(project);
        do
        {
            var (status, page) = await GetPageAsync(
                GrpcMethod.ListBuckets, request.Parent, request, ListPage.OfBuckets, request.PageSize,
                size => request.PageSize = size, cancellationToken).ConfigureAwait(false);
            if (!status.IsOk) throw ReadErrors.OfProject(status, project);
            foreach (var entry in page!.Entries)
            {
                if (check.ReadBucket(entry) is { } info) yield return info;
            }

            request.PageToken = check.Next(page);
        }
        while (request.PageToken.Length > 0);
        check.End();
    }

    /// <summary>See <see cref="ZonalSession.GetBucketAsync"/>.</summary>
    public async Task<ZonalBucketInfo> GetBucketAsync(ZonalUri bucket, CancellationToken cancellationToken)
    {
        var layout = await GetLayoutAsync(bucket, cancellationToken).ConfigureAwait(false);
        var (status, details) = await _calls.CallAsync<Bucket>(
            GrpcMethod.GetBucket, bucket.BucketResource, new GetBucketRequest { Name = bucket.BucketResource },
            isIdempotent: true, cancellationToken).ConfigureAwait(false);
        // Reading a bucket's metadata takes a permission that readers of its objects often lack; its layout does not. Any other
        // failure is one: an answer is whole, says what is missing, or is an error.
        if (status.Code == ZonalStatusCode.PermissionDenied && status.Cause is null)
            return layout with { MissingPermission = GetBucketPermission };
        if (!status.IsOk) throw ReadErrors.FromStatus(status, bucket);
        var told = details!.ToCheckedInfo(bucket);
        return layout with { StorageClass = told.StorageClass, Created = told.Created };
    }

    /// <summary>Deletes an object.</summary>
    public async Task DeleteObjectAsync(ZonalUri uri, CancellationToken cancellationToken)
    {
        CheckNamesObject(uri);
        var request = new DeleteObjectRequest { Bucket = uri.BucketResource, Object = uri.Name };
        if (uri.Generation is { } generation) request.Generation = generation;
        var (status, _) = await _calls.CallAsync<Empty>(
            GrpcMethod.DeleteObject, uri.BucketResource, request, isIdempotent: uri.Generation is not null,
            cancellationToken).ConfigureAwait(false);
        if (!status.IsOk) throw await ExplainAsync(ReadErrors.FromStatus(status, uri), uri, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// "No such object" may mean that there is no such bucket: asks, so that the error names what is wrong. Costs a call on
    /// the way of an error only, and one call's time at most.
    /// </summary>
    public async Task<ZonalException> ExplainAsync(
        ZonalException error, ZonalUri uri, CancellationToken cancellationToken)
    {
        if (error.ErrorId is not ZonalErrorIds.ObjectNotFound) return error;
        try
        {
            await GetLayoutAsync(new ZonalUri(uri.Bucket, ""), cancellationToken, _options.CallTimeout).ConfigureAwait(false);
        }
        catch (ZonalException e) when (e.ErrorId is ZonalErrorIds.BucketNotFound)
        {
            return e;
        }
        catch (ZonalException)
        {
            // Not allowed to know, or not to be had: the first error is what is certain.
        }

        return error;
    }

    private static void CheckNamesObject(ZonalUri uri)
    {
        if (uri.IsBucket) throw new ArgumentException($"'{uri}' names a bucket, not an object.", nameof(uri));
    }

    /// <summary>Asks for a page, and for a smaller one where it is over the limit of a message.</summary>
    private async Task<(GrpcStatus Status, ListPage? Page)> GetPageAsync(
        string method, string resource, IMessage request, Func<byte[], ListPage> parse, int pageSize, Action<int> setPageSize,
        CancellationToken cancellationToken)
    {
        while (true)
        {
            var (status, page) = await _calls.CallAsync(
                method, resource, request, parse, isIdempotent: true, cancellationToken).ConfigureAwait(false);
            if (pageSize == 1 || status.Cause is not ZonalException { ErrorId: ZonalErrorIds.MetadataTooLarge })
                return (status, page);
            pageSize = Math.Max(1, pageSize / 4);
            setPageSize(pageSize);
        }
    }

    private async Task<ZonalBucketInfo> GetLayoutAsync(
        ZonalUri bucket, CancellationToken cancellationToken, TimeSpan? limit = null)
    {
        var request = new GetStorageLayoutRequest { Name = bucket.BucketResource + "/storageLayout" };
        var (status, layout) = await _calls.CallAsync<StorageLayout>(
            GrpcMethod.GetStorageLayout, bucket.BucketResource, request, isIdempotent: true, cancellationToken, limit).ConfigureAwait(false);
        return status.IsOk ? layout!.ToCheckedInfo(bucket) : throw ReadErrors.FromStatus(status, bucket);
    }
}
