using System.Management.Automation;

namespace ZonalStorage.Cmdlets.Operations;

/// <summary>Looks an object up by its name, or lists those that a bucket, a folder, a prefix or a wildcard stands for.</summary>
internal sealed class LookUpObjects(ZonalSession session, ISink sink)
{
    /// <summary>List the names that begin so; null to go by the name.</summary>
    public string? Prefix { get; init; }

    /// <summary>List all levels below, instead of one whose folders stand for what is in them.</summary>
    public bool Recurse { get; init; }

    /// <summary>Writes what there is, each page as it comes.</summary>
    /// <remarks>A name with a generation is that of one object, whatever characters are in it.</remarks>
    public Task RunAsync(string bucket, string name, long? generation) =>
        sink.TryAsync(name.Length == 0 ? $"gs://{bucket}" : $"gs://{bucket}/{name}", async () =>
        {
            if (generation is not null) await StatAsync(new ZonalUri(bucket, name, generation));
            else if (Prefix is not null) await ListAsync(bucket, name + Prefix, !Recurse, static _ => true);
            else if (name.Length == 0 || name.EndsWith('/')) await ListAsync(bucket, name, !Recurse, static _ => true);
            else if (WildcardPattern.ContainsWildcardCharacters(name)) await ListAsync(bucket, new NamePattern(name, Recurse));
            else await StatAsync(new ZonalUri(bucket, WildcardPattern.Unescape(name)));
        });

    private async Task StatAsync(ZonalUri uri) => await sink.WriteAsync(await session.GetObjectInfoAsync(uri, sink.Stopping));

    private Task ListAsync(string bucket, NamePattern pattern) =>
        ListAsync(bucket, pattern.Prefix, pattern.IsOneLevel, info => pattern.Matches(info.Name));

    private async Task ListAsync(string bucket, string prefix, bool oneLevel, Func<ZonalObjectInfo, bool> isWanted)
    {
        var options = new ZonalListOptions { Prefix = prefix, Delimiter = oneLevel ? "/" : null };
        await foreach (var info in session.ListObjectsAsync(bucket, options, sink.Stopping))
        {
            if (isWanted(info)) await sink.WriteAsync(info);
        }
    }
}
