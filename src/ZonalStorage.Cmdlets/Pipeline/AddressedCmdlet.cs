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

    /// <summary>True under -WhatIf.</summary>
    private protected bool IsWhatIf { get; private set; }

    /// <summary>True if somebody wants to know what would be done, and perhaps to refuse.</summary>
    private protected bool WantsConfirmation { get; private set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        IsWhatIf = IsSet("WhatIf", "WhatIfPreference");
        WantsConfirmation = IsWhatIf || IsSet("Confirm", "");
    }

    /// <summary>Ends the pipeline if more than one of these parameters is given.</summary>
    private protected void Exclude(params string[] names)
    {
        string[] given = [.. names.Where(MyInvocation.BoundParameters.ContainsKey)];
        if (given.Length <= 1) return;
        var conflict = new ZonalException(
            ZonalErrorIds.ParametersConflict, ZonalStatusCode.InvalidArgument,
            $"-{string.Join(" and -", given)} cannot go together.", "Leave out all but one of them.");
        ThrowTerminatingError(ErrorRecordFactory.Create(conflict, target: null));
    }

    private bool IsSet(string parameter, string preference) => MyInvocation.BoundParameters.TryGetValue(parameter, out var bound)
        ? LanguagePrimitives.IsTrue(bound)
        : preference.Length > 0 && LanguagePrimitives.IsTrue(GetVariableValue(preference, false));

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
            ZonalErrorIds.DestinationNotFileSystem, ZonalStatusCode.InvalidArgument,
            $"'{path}' is on the {provider.Name} provider, not in the file system.",
            "Give a path on a file system drive.", path)
        { IsFatalForSession = true };
    }

    /// <summary>An address names a bucket where an object is wanted.</summary>
    internal static ZonalException Incomplete(ZonalUri uri) => new(
        ZonalErrorIds.AddressIncomplete, ZonalStatusCode.InvalidArgument, $"'{uri}' names a bucket, not an object.",
        $"Type gs://{uri.Bucket}/NAME; 'Get-ZonalObjectInfo {uri}' lists the names.", uri.ToString());
}
