using System.Management.Automation;

namespace ZonalStorage.Cmdlets.Pipeline;

/// <summary>A cmdlet about objects: how they are addressed, and the session to go by.</summary>
public abstract class AddressedCmdlet : ZonalFeedCmdlet
{
    private protected AddressedCmdlet(ItemFeed feed)
        : base(feed)
    {
    }

    /// <summary>Bucket, as a name or gs:// address.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ParameterSets.Name, ValueFromPipelineByPropertyName = true)]
    [Parameter(Mandatory = true, ParameterSetName = ParameterSets.NameToFile, ValueFromPipelineByPropertyName = true)]
    [Parameter(Mandatory = true, ParameterSetName = ParameterSets.NameRanges)]
    [Parameter(Mandatory = true, ParameterSetName = ParameterSets.NameInto, ValueFromPipelineByPropertyName = true)]
    [BucketName]
    [ArgumentCompleter(typeof(Completion.BucketCompleter))]
    public string Bucket { get; set; } = "";

    /// <summary>Object name in the bucket.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ParameterSets.Name, ValueFromPipelineByPropertyName = true)]
    [Parameter(Mandatory = true, ParameterSetName = ParameterSets.NameToFile, ValueFromPipelineByPropertyName = true)]
    [Parameter(Mandatory = true, ParameterSetName = ParameterSets.NameRanges)]
    [Parameter(Mandatory = true, ParameterSetName = ParameterSets.NameInto, ValueFromPipelineByPropertyName = true)]
    [Alias("Key", "ObjectName")]
    [ArgumentCompleter(typeof(Completion.ObjectNameCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>Session to use; the runspace's default one otherwise.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(Completion.SessionCompleter))]
    public ZonalSession? Session { get; set; }

    /// <summary>The objects of this record, by either way of addressing; errors for those that cannot be.</summary>
    private protected IEnumerable<ZonalUri> Addresses(ZonalUri[] uris)
    {
        if (Name.Length == 0 || !ParameterSetName.StartsWith(nameof(Name), StringComparison.Ordinal))
        {
            foreach (var uri in uris)
            {
                if (uri.IsBucket) WriteError(Incomplete(uri));
                else yield return uri;
            }

            yield break;
        }

        foreach (var name in Name)
        {
            ZonalUri? uri = null;
            try
            {
                uri = new ZonalUri(Bucket, name);
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
            "Give a path on a file system drive.", path) { IsFatalForSession = true };
    }

    private static ErrorRecord Incomplete(ZonalUri uri) => ErrorRecordFactory.Create(
        new ZonalException(
            ErrorIds.AddressIncomplete, ZonalStatusCode.InvalidArgument, $"'{uri}' names a bucket, not an object.",
            $"Type gs://{uri.Bucket}/NAME; 'Get-ZonalObjectInfo {uri}' lists the names.", uri.ToString()),
        uri.ToString());
}
