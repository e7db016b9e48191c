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

    /// <summary>True if it stands for one object, which no listing must find.</summary>
    public bool IsSingle =>
        IsLiteral || Generation is not null || (!IsFolder && !WildcardPattern.ContainsWildcardCharacters(Name));

    /// <summary>The one object that it stands for.</summary>
    /// <exception cref="FormatException">No object can have that name.</exception>
    public ZonalUri Object =>
        new(Bucket, IsLiteral || Generation is not null ? Name : WildcardPattern.Unescape(Name), Generation);

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
