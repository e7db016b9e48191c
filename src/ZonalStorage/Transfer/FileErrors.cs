namespace ZonalStorage.Transfer;

/// <summary>What goes wrong with the local file, in words for whoever asked.</summary>
internal static class FileErrors
{
    /// <summary>Runs something about a file; what the system says becomes one clear error.</summary>
    public static T Explained<T>(string path, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception e) when (e is IOException and not ZonalException or UnauthorizedAccessException)
        {
            throw Explain(e, path);
        }
    }

    /// <inheritdoc cref="Explained{T}"/>
    public static void Explained(string path, Action work) => Explained(path, () =>
    {
        work();
        return true;
    });

    /// <summary>The error that a failure of the file system means.</summary>
    /// <remarks>Where .NET has no exception of its own, HResult is errno on Unix and the Win32 code, as an HRESULT, on Windows.</remarks>
    public static ZonalException Explain(Exception error, string path) => error switch
    {
        ZonalException known => known,
        PathTooLongException => Make(
            ZonalErrorIds.DestinationNameTooLong, ZonalStatusCode.InvalidArgument, $"The name of '{path}' is too long for the file system.",
            "Give a shorter name by -Destination; '.partial' is added to it while it is written.", path, error),
        DirectoryNotFoundException => Make(
            ZonalErrorIds.DestinationFolderNotFound, ZonalStatusCode.NotFound, $"There is no folder '{Path.GetDirectoryName(path)}'.",
            "Make it, or give another -Destination.", path, error),
        UnauthorizedAccessException => Make(
            ZonalErrorIds.DestinationAccessDenied, ZonalStatusCode.PermissionDenied, $"No permission to write '{path}'.",
            "Choose another -Destination, or ask for write access to the folder.", path, error),
        _ => Explain(error, CodeOf(error), path),
    };

    /// <summary>A folder has the name.</summary>
    public static ZonalException IsDirectory(string path) => Make(
        ZonalErrorIds.DestinationIsDirectory, ZonalStatusCode.AlreadyExists, $"'{path}' is a folder.",
        "Give the name of a file in it.", path);

    /// <summary>A file has the name.</summary>
    public static ZonalException Exists(string path) => Make(
        ZonalErrorIds.DestinationExists, ZonalStatusCode.AlreadyExists, $"The file '{path}' exists.",
        "Add -Force to replace it, or give another name.", path);

    /// <summary>Another process has the same target.</summary>
    public static ZonalException Busy(string path, Exception? inner = null) => Make(
        ZonalErrorIds.DestinationBusy, ZonalStatusCode.Aborted, $"Another process is writing '{path}'.",
        "Wait for it, or give another -Destination.", path, inner);

    /// <summary>There is not enough room.</summary>
    public static ZonalException DiskFull(string path, string detail, Exception? inner = null) => Make(
        ZonalErrorIds.DiskFull, ZonalStatusCode.ResourceExhausted, $"The disk is full: '{path}' cannot be written. {detail}".TrimEnd(),
        "Make room, or give a -Destination on another disk. What -Resume had written is kept.", path, inner);

    private static ZonalException Explain(Exception error, int code, string path) => code switch
    {
        (int)Unix.NoSpace or (int)Windows.DiskFull or (int)Windows.HandleDiskFull => DiskFull(path, "", error),
        (int)Unix.QuotaLinux or (int)Unix.QuotaMac or (int)Windows.Quota => Make(
            ZonalErrorIds.DiskQuotaExceeded, ZonalStatusCode.ResourceExhausted, $"The disk quota is used up: '{path}' cannot be written.",
            "Make room, or give a -Destination that is not under this quota.", path, error),
        (int)Unix.TooBig or (int)Windows.FileTooLarge => Make(
            ZonalErrorIds.FileTooLarge, ZonalStatusCode.ResourceExhausted, $"'{path}' would be larger than the file system, or a limit of the process, allows.",
            "Give a -Destination on another file system, or see 'ulimit -f'.", path, error),
        (int)Unix.ReadOnly or (int)Windows.WriteProtected => Make(
            ZonalErrorIds.DestinationReadOnly, ZonalStatusCode.PermissionDenied, $"The file system of '{path}' is read-only.",
            "Give a -Destination that can be written.", path, error),
        (int)Unix.Io or (int)Unix.NoDevice or (int)Unix.StaleLinux or (int)Unix.NotConnected or (int)Windows.NotReady => Make(
            ZonalErrorIds.DestinationLost, ZonalStatusCode.Unavailable, $"The file system of '{path}' does not work any more: {error.Message}",
            "Check the disk or mount. What -Resume had written is kept.", path, error),
        (int)Unix.WouldBlockLinux or (int)Unix.WouldBlockMac or (int)Unix.Busy or (int)Unix.Exists or (int)Windows.Sharing or (int)Windows.Lock or (int)Windows.Exists => Busy(path, error),
        (int)Unix.NotDirectory => Make(
            ZonalErrorIds.DestinationFolderNotFound, ZonalStatusCode.NotFound, $"A file is in the way of the folder of '{path}'.",
            "Remove it, or give another -Destination.", path, error),
        _ => Make(
            ZonalErrorIds.DestinationNotWritable, ZonalStatusCode.FailedPrecondition, $"'{path}' cannot be written: {error.Message}",
            "Check the folder of -Destination.", path, error),
    };

    private static int CodeOf(Exception error) => OperatingSystem.IsWindows() || error.HResult > 0 ? error.HResult : 0;

    private static ZonalException Make(
        string id, ZonalStatusCode code, string message, string action, string path, Exception? inner = null) =>
        new(id, code, message, action, path, inner);

    // errno; two values where Linux and macOS differ.
    private enum Unix
    {
        Io = 5,
        Busy = 16,
        Exists = 17,
        NoDevice = 19,
        NotDirectory = 20,
        TooBig = 27,
        NoSpace = 28,
        ReadOnly = 30,
        WouldBlockLinux = 11,
        WouldBlockMac = 35,
        QuotaMac = 69,
        NotConnected = 107,
        StaleLinux = 116,
        QuotaLinux = 122,
    }

    private enum Windows
    {
        WriteProtected = unchecked((int)0x80070013),
        NotReady = unchecked((int)0x80070015),
        Sharing = unchecked((int)0x80070020),
        Lock = unchecked((int)0x80070021),
        Exists = unchecked((int)0x80070050),
        HandleDiskFull = unchecked((int)0x80070027),
        DiskFull = unchecked((int)0x80070070),
        FileTooLarge = unchecked((int)0x800700DF),
        Quota = unchecked((int)0x8007050F),
    }
}
