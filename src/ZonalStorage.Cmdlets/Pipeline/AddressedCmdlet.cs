using System.Management.Automation;

namespace ZonalStorage.Cmdlets.Pipeline;

/// <summary>A cmdlet about the content of objects: what it makes of addresses and paths, and the session to go by.</summary>
public abstract class AddressedCmdlet : ZonalFeedCmdlet
{
    private protected AddressedCmdlet(ItemFeed feed)
        : base(feed)
    {
    }

    /// <summary>Session to use; the runspace's default one otherwise.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(Completion.SessionCompleter))]
    public ZonalSession? Session { get; set; }

    /// <summary>The objects of this record, by either way of addressing; an error for each that cannot be.</summary>
    private protected IEnumerable<ZonalUri> Addresses(ZonalUri[] uris, string bucket, string[] names)
    {
        foreach (var uri in uris)
        {
            if (uri.IsBucket) WriteError(ErrorRecordFactory.Create(Incomplete(uri), uri.ToString()));
            else yield return uri;
        }

        foreach (var name in names)
        {
            ZonalUri? uri = null;
            try
            {
                uri = new ZonalUri(bucket, name);
            }
            catch (FormatException e)
            {
                WriteError(ErrorRecordFactory.Create(e, name));
            }

            if (uri is not null) yield return uri;
        }
    }

    /// <summary>A path as a full path of the file system, whatever drive it was typed with.</summary>
    private protected string ResolveFile(string path)
    {
        var full = SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out var provider, out _);
        if (provider.Name == "FileSystem") return full;
        throw new ZonalException(
            ErrorIds.DestinationNotFileSystem, ZonalStatusCode.InvalidArgument,
            $"'{path}' is on the {provider.Name} provider, not in the file system.",
            "Give a path on a file system drive.", path)
        { IsFatalForSession = true };
    }

    /// <summary>An address names a bucket where an object is wanted.</summary>
    internal static ZonalException Incomplete(ZonalUri uri) => new(
        ErrorIds.AddressIncomplete, ZonalStatusCode.InvalidArgument, $"'{uri}' names a bucket, not an object.",
        $"Type gs://{uri.Bucket}/NAME; 'Get-ZonalObjectInfo {uri}' lists the names.", uri.ToString());
}
