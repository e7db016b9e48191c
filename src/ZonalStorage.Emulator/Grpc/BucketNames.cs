namespace ZonalStorage.Emulator.Grpc;

/// <summary>Resource names of buckets: <c>projects/_/buckets/NAME</c>.</summary>
internal static class BucketNames
{
    private const string Prefix = "projects/_/buckets/";

    public static string Full(string bucket) => Prefix + bucket;

    public static string Parse(string resourceName) => ParseOrNull(resourceName)
        ?? throw RpcFailure.Invalid($"'{resourceName}' is not a bucket name of the form projects/_/buckets/NAME.");

    public static string? ParseOrNull(string resourceName)
    {
        if (!resourceName.StartsWith(Prefix, StringComparison.Ordinal)) return null;
        var bucket = resourceName[Prefix.Length..];
        return bucket.Length > 0 && !bucket.Contains('/', StringComparison.Ordinal) ? bucket : null;
    }

    /// <summary>Splits <c>projects/_/buckets/NAME/KIND…</c> into the bucket and what follows it.</summary>
    public static (string Bucket, string Tail) Split(string resourceName)
    {
        var slash = resourceName.StartsWith(Prefix, StringComparison.Ordinal)
            ? resourceName.IndexOf('/', Prefix.Length)
            : -1;
        if (slash < 0) throw RpcFailure.Invalid($"'{resourceName}' does not start with projects/_/buckets/NAME/.");
        return (resourceName[Prefix.Length..slash], resourceName[(slash + 1)..]);
    }
}
