namespace ZonalStorage;

/// <summary>Every <see cref="ZonalException.ErrorId"/> and every error id of the cmdlets.</summary>
/// <remarks>Each equals its constant's name and never changes between releases: scripts match on it.</remarks>
public static class ZonalErrorIds
{
    // Addresses and arguments.
#pragma warning disable CS1591 // about_ZonalErrors says what each means; a test compares the two both ways.
    public const string ObjectNotFound = nameof(ObjectNotFound);
    public const string BucketNotFound = nameof(BucketNotFound);
    public const string AddressIncomplete = nameof(AddressIncomplete);
    public const string ParametersConflict = nameof(ParametersConflict);
    public const string RangeOutOfBounds = nameof(RangeOutOfBounds);
    public const string ObjectTooLarge = nameof(ObjectTooLarge);
    public const string MetadataTooLarge = nameof(MetadataTooLarge);
    public const string ArgumentRejected = nameof(ArgumentRejected);
    public const string SessionNotFound = nameof(SessionNotFound);
    public const string ShardInvalid = nameof(ShardInvalid);
    public const string ListFileNotReadable = nameof(ListFileNotReadable);

    // Rights and credentials.
    public const string PermissionDenied = nameof(PermissionDenied);
    public const string Unauthenticated = nameof(Unauthenticated);
    public const string CredentialsNotFound = nameof(CredentialsNotFound);
    public const string CredentialFileInvalid = nameof(CredentialFileInvalid);
    public const string CredentialRefused = nameof(CredentialRefused);

    // Connections.
    public const string EndpointInvalid = nameof(EndpointInvalid);
    public const string EndpointUnreachable = nameof(EndpointUnreachable);
    public const string EndpointTimeout = nameof(EndpointTimeout);
    public const string EndpointNotHttp2 = nameof(EndpointNotHttp2);
    public const string CertificateRejected = nameof(CertificateRejected);
    public const string ProxyRefused = nameof(ProxyRefused);
    public const string ProtocolViolation = nameof(ProtocolViolation);
    public const string ServiceUnavailable = nameof(ServiceUnavailable);
    public const string DeadlineExceeded = nameof(DeadlineExceeded);
    public const string NotSupportedByServer = nameof(NotSupportedByServer);
    public const string TooManyRedirects = nameof(TooManyRedirects);
    public const string StreamEndedEarly = nameof(StreamEndedEarly);
    public const string SessionClosed = nameof(SessionClosed);

    // Content.
    public const string ChecksumMismatch = nameof(ChecksumMismatch);
    public const string ChecksumMissing = nameof(ChecksumMissing);
    public const string WrongBytes = nameof(WrongBytes);
    public const string WrongObject = nameof(WrongObject);
    public const string WrongGeneration = nameof(WrongGeneration);
    public const string ListingEndless = nameof(ListingEndless);
    public const string UploadUnconfirmed = nameof(UploadUnconfirmed);

    // Anything else that the service says, by its gRPC status.
    public const string Cancelled = nameof(Cancelled);
    public const string Unknown = nameof(Unknown);
    public const string InvalidArgument = nameof(InvalidArgument);
    public const string AlreadyExists = nameof(AlreadyExists);
    public const string ResourceExhausted = nameof(ResourceExhausted);
    public const string FailedPrecondition = nameof(FailedPrecondition);
    public const string Aborted = nameof(Aborted);
    public const string Internal = nameof(Internal);
    public const string DataLoss = nameof(DataLoss);

    // Files.
    public const string DestinationExists = nameof(DestinationExists);
    public const string DestinationIsDirectory = nameof(DestinationIsDirectory);
    public const string DestinationNotFileSystem = nameof(DestinationNotFileSystem);
    public const string DestinationAccessDenied = nameof(DestinationAccessDenied);
    public const string DestinationReadOnly = nameof(DestinationReadOnly);
    public const string DestinationFolderNotFound = nameof(DestinationFolderNotFound);
    public const string DestinationNameTooLong = nameof(DestinationNameTooLong);
    public const string DestinationBusy = nameof(DestinationBusy);
    public const string DestinationLost = nameof(DestinationLost);
    public const string DestinationNotWritable = nameof(DestinationNotWritable);
    public const string DestinationCollision = nameof(DestinationCollision);
    public const string DestinationOutside = nameof(DestinationOutside);
    public const string DiskFull = nameof(DiskFull);
    public const string DiskQuotaExceeded = nameof(DiskQuotaExceeded);
    public const string FileTooLarge = nameof(FileTooLarge);

    // The emulator.
    public const string EmulatorMissing = nameof(EmulatorMissing);
    public const string EmulatorRuntimeMissing = nameof(EmulatorRuntimeMissing);
    public const string EmulatorNotFound = nameof(EmulatorNotFound);
    public const string EmulatorDidNotStart = nameof(EmulatorDidNotStart);

    // The rest.
    public const string OperationTimedOut = nameof(OperationTimedOut);
    public const string OperationNotSupported = nameof(OperationNotSupported);
    public const string OutOfMemory = nameof(OutOfMemory);
    public const string UnexpectedFailure = nameof(UnexpectedFailure);
#pragma warning restore CS1591

    /// <summary>The id of a failure of which the service says no more than its status.</summary>
    internal static string Of(ZonalStatusCode code) => code switch
    {
        ZonalStatusCode.NotFound => ObjectNotFound,
        ZonalStatusCode.OutOfRange => RangeOutOfBounds,
        ZonalStatusCode.Unavailable => ServiceUnavailable,
        ZonalStatusCode.Unimplemented => NotSupportedByServer,
        _ => code.ToString(),
    };
}
