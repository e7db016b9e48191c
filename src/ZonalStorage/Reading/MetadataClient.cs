using System.Runtime.CompilerServices;
using Google.Cloud.Storage.Control.V2;
using Google.Cloud.Storage.V2;
using Google.Protobuf.WellKnownTypes;
using ZonalStorage.Protocol;
using ZonalStorage.Transport;
using ZonalStorage.Transport.Grpc;
using Object = Google.Cloud.Storage.V2.Object;

namespace ZonalStorage.Reading;

/// <summary>The calls about objects and buckets that are not reads of content.</summary>
internal sealed class MetadataClient(GrpcChannel channel)
{
    private readonly UnaryClient _calls = new(channel);

    /// <summary>See <see cref="ZonalSession.GetObjectInfoAsync"/>.</summary>
    public async Task<ZonalObjectInfo> GetObjectAsync(ZonalUri uri, CancellationToken cancellationToken)
    {
        var request = new GetObjectRequest { Bucket = uri.BucketResource, Object = uri.Name };
        if (uri.Generation is { } generation) request.Generation = generation;
        var (status, response) = await _calls.CallAsync(
            GrpcMethod.GetObject, uri.BucketResource, request, Object.Parser, isIdempotent: true, cancellationToken).ConfigureAwait(false);
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
            PageSize = Math.Clamp(options.PageSize, 1, 1000),
            Prefix = options.Prefix,
            Delimiter = options.Delimiter ?? "",
            IncludeFoldersAsPrefixes = options.Delimiter is "/",
            MatchGlob = options.Glob ?? "",
        };
        do
        {
            var (status, page) = await _calls.CallAsync(
                GrpcMethod.ListObjects, bucket.BucketResource, request, ListObjectsResponse.Parser, isIdempotent: true,
                cancellationToken).ConfigureAwait(false);
            if (!status.IsOk) throw ReadErrors.FromStatus(status, bucket);
            foreach (var prefix in page!.Prefixes)
            {
                if (ResourceNames.FindNameProblem(prefix) is { } problem) throw ObjectErrors.Malformed(bucket, problem);
                yield return new ZonalObjectInfo { Bucket = bucket.Bucket, Name = prefix, IsPrefix = true };
            }

            foreach (var item in page.Objects) yield return item.ToCheckedInfo(bucket);
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);
    }

    /// <summary>See <see cref="ZonalSession.ListBucketsAsync"/>.</summary>
    public async IAsyncEnumerable<ZonalBucketInfo> ListBucketsAsync(
        string project, string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new ListBucketsRequest { Parent = "projects/" + project, Prefix = prefix, PageSize = 1000 };
        do
        {
            var (status, page) = await _calls.CallAsync(
                GrpcMethod.ListBuckets, request.Parent, request, ListBucketsResponse.Parser, isIdempotent: true,
                cancellationToken).ConfigureAwait(false);
            if (!status.IsOk)
                throw new ZonalException(ZonalErrorIds.Of(status.Code), status.Code, $"Buckets of '{project}': {status.Message}");
            foreach (var bucket in page!.Buckets) yield return bucket.ToInfo();
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);
    }

    /// <summary>See <see cref="ZonalSession.GetBucketAsync"/>.</summary>
    public async Task<ZonalBucketInfo> GetBucketAsync(ZonalUri bucket, CancellationToken cancellationToken)
    {
        var layout = await GetLayoutAsync(bucket, cancellationToken).ConfigureAwait(false);
        var (status, details) = await _calls.CallAsync(
            GrpcMethod.GetBucket, bucket.BucketResource, new GetBucketRequest { Name = bucket.BucketResource },
            Bucket.Parser, isIdempotent: true, cancellationToken).ConfigureAwait(false);
        // Reading a bucket's metadata takes a permission that readers of its objects often lack; its layout does not.
        if (!status.IsOk) return layout;
        var told = details!.ToCheckedInfo(bucket);
        return layout with { StorageClass = told.StorageClass, Created = told.Created };
    }

    /// <summary>Deletes an object.</summary>
    public async Task DeleteObjectAsync(ZonalUri uri, CancellationToken cancellationToken)
    {
        var request = new DeleteObjectRequest { Bucket = uri.BucketResource, Object = uri.Name };
        if (uri.Generation is { } generation) request.Generation = generation;
        var (status, _) = await _calls.CallAsync(
            GrpcMethod.DeleteObject, uri.BucketResource, request, Empty.Parser,
            isIdempotent: uri.Generation is not null, cancellationToken).ConfigureAwait(false);
        if (!status.IsOk) throw await ExplainAsync(ReadErrors.FromStatus(status, uri), uri, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// "No such object" may mean that there is no such bucket: asks, so that the error names what is wrong. Costs a call on
    /// the way of an error only.
    /// </summary>
    public async Task<ZonalException> ExplainAsync(
        ZonalException error, ZonalUri uri, CancellationToken cancellationToken)
    {
        if (error.ErrorId is not ZonalErrorIds.ObjectNotFound) return error;
        try
        {
            await GetLayoutAsync(new ZonalUri(uri.Bucket, ""), cancellationToken).ConfigureAwait(false);
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

    private async Task<ZonalBucketInfo> GetLayoutAsync(ZonalUri bucket, CancellationToken cancellationToken)
    {
        var request = new GetStorageLayoutRequest { Name = bucket.BucketResource + "/storageLayout" };
        var (status, layout) = await _calls.CallAsync(
            GrpcMethod.GetStorageLayout, bucket.BucketResource, request, StorageLayout.Parser, isIdempotent: true,
            cancellationToken).ConfigureAwait(false);
        if (!status.IsOk) throw ReadErrors.FromStatus(status, bucket);
        return layout!.ToCheckedInfo(bucket);
    }
}
