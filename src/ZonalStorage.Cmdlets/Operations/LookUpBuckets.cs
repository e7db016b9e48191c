namespace ZonalStorage.Cmdlets.Operations;

/// <summary>Writes what is known of buckets, one by one or all of a project.</summary>
internal sealed class LookUpBuckets(ZonalSession session, ISink sink)
{
    /// <summary>Writes one bucket, with a warning if something of it is not told.</summary>
    public Task GetAsync(string name) => sink.TryAsync($"gs://{name}", async () =>
    {
        var bucket = await session.GetBucketAsync(name, sink.Stopping);
        if (bucket.MissingPermission is { } permission)
        {
            await sink.WriteWarningAsync(
                $"The storage class and the creation time of gs://{name} are not shown: the credential lacks {permission} there.");
        }

        await sink.WriteAsync(bucket);
    });

    /// <summary>Writes the buckets of a project.</summary>
    public Task ListAsync(string project) => sink.TryAsync(project, async () =>
    {
        await foreach (var bucket in session.ListBucketsAsync(project, cancellationToken: sink.Stopping))
            await sink.WriteAsync(bucket);
    });
}
