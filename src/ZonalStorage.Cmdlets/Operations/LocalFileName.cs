namespace ZonalStorage.Cmdlets.Operations;

/// <summary>The name that an object gets in a local folder: the last part of its own.</summary>
internal static class LocalFileName
{
    /// <summary>The file for an object: what was typed, or a file in it if that is a folder.</summary>
    /// <param name="uri">The object.</param>
    /// <param name="typed">As it was typed: a slash at the end says that it is a folder.</param>
    /// <param name="full">The same as a full path.</param>
    public static string PathOf(ZonalUri uri, string typed, string full) =>
        typed.EndsWith('/') || typed.EndsWith('\\') || Directory.Exists(full) ? Path.Combine(full, Of(uri)) : full;

    /// <summary>The name.</summary>
    /// <exception cref="ZonalException">No file can have that name here.</exception>
    public static string Of(ZonalUri uri)
    {
        var name = uri.Name[(uri.Name.LastIndexOf('/') + 1)..];
        if (name is not ("" or "." or "..") && name.IndexOfAny(Path.GetInvalidFileNameChars()) < 0) return name;
        throw new ZonalException(
            ZonalErrorIds.DestinationNotWritable, ZonalStatusCode.InvalidArgument,
            $"No file can be named '{name}' here, which is what '{uri}' would be called.",
            "Give the whole path of the file by -Destination.", uri.ToString())
        { IsFatalForSession = true };
    }
}
