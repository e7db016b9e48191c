using System.Management.Automation;
using System.Runtime.CompilerServices;
using ZonalStorage.Cmdlets.Operations;

namespace ZonalStorage.Cmdlets.Saving;

/// <summary>What stands for the objects to save: one of them, or a bucket, folder or wildcard.</summary>
/// <param name="Bucket">Bucket.</param>
/// <param name="Name">Name, folder or wildcard; empty for the bucket.</param>
/// <param name="Generation">Of one object; null for the live one.</param>
/// <param name="IsLiteral">The name is that of one object, whatever characters are in it.</param>
internal sealed record SaveSource(string Bucket, string Name, long? Generation, bool IsLiteral)
{
    /// <summary>As people type it.</summary>
    public string Address => Name.Length == 0 ? $"gs://{Bucket}" : $"gs://{Bucket}/{Name}";

    /// <summary>The object, where it stands for one; null where a listing must tell.</summary>
    public ZonalUri? Object
    {
        get
        {
            if (IsLiteral || Generation is not null) return new ZonalUri(Bucket, Name, Generation);
            return IsFolder || WildcardPattern.ContainsWildcardCharacters(Name)
                ? null
                : new ZonalUri(Bucket, WildcardPattern.Unescape(Name));
        }
    }

    private bool IsFolder => Name.Length == 0 || Name.EndsWith('/');

    /// <summary>The objects that a listing has, with their metadata.</summary>
    /// <param name="session">Where to look.</param>
    /// <param name="recurse">A wildcard matches on all levels below, too.</param>
    /// <param name="stopping">Cancels.</param>
    public async IAsyncEnumerable<ZonalObjectInfo> ListAsync(
        ZonalSession session, bool recurse, [EnumeratorCancellation] CancellationToken stopping)
    {
        var pattern = IsFolder ? null : new NamePattern(Name, recurse);
        var options = new ZonalListOptions
        {
            Prefix = pattern?.Prefix ?? Name,
            Delimiter = pattern is { IsOneLevel: true } ? "/" : null,
        };
        await foreach (var info in session.ListObjectsAsync(Bucket, options, stopping))
        {
            if (!info.IsPrefix && pattern?.Matches(info.Name) != false) yield return info;
        }
    }
}
