using System.Management.Automation;

namespace ZonalStorage.Cmdlets.Operations;

/// <summary>Looks an object up by its name, or lists those that a bucket, a prefix or a wildcard stands for.</summary>
internal sealed class LookUpObjects(ZonalSession session, ISink sink)
{
    /// <summary>List the names that begin so; null to go by the name.</summary>
    public string? Prefix { get; init; }

    /// <summary>Fold what lies deeper into prefixes.</summary>
    public bool OneLevel { get; init; }

    /// <summary>Writes what there is, each page as it comes.</summary>
    public Task RunAsync(string bucket, string name, long? generation) =>
        sink.TryAsync(name.Length == 0 ? $"gs://{bucket}" : $"gs://{bucket}/{name}", async () =>
        {
            if (Prefix is not null || name.Length == 0)
                await ListAsync(bucket, Prefix ?? "", pattern: null);
            else if (generation is null && WildcardPattern.ContainsWildcardCharacters(name))
                await ListWildcardAsync(bucket, name);
            else
                await sink.WriteAsync(await session.GetObjectInfoAsync(new ZonalUri(bucket, name, generation), sink.Stopping));
        });

    /// <summary>A name with wildcard characters may be that of an object all the same, which then goes first.</summary>
    private async Task ListWildcardAsync(string bucket, string name)
    {
        var literal = name[..name.IndexOfAny(['*', '?', '[', '`'])];
        await ListAsync(bucket, literal, new WildcardPattern(name, WildcardOptions.CultureInvariant));
    }

    private async Task ListAsync(string bucket, string prefix, WildcardPattern? pattern)
    {
        var options = new ZonalListOptions { Prefix = prefix, Delimiter = OneLevel ? "/" : null };
        await foreach (var info in session.ListObjectsAsync(bucket, options, sink.Stopping))
        {
            if (pattern?.IsMatch(info.Name) ?? true) await sink.WriteAsync(info);
        }
    }
}
