namespace ZonalStorage.Cmdlets.Errors;

/// <summary>Error ids that arise on this side of the engine; constant for ever, as scripts match on them.</summary>
/// <remarks>Those of the engine come with its <see cref="ZonalException.ErrorId"/>.</remarks>
internal static class ErrorIds
{
    public const string SessionClosed = nameof(SessionClosed);
    public const string EndpointInvalid = nameof(EndpointInvalid);
    public const string SessionNotFound = nameof(SessionNotFound);
    public const string ParametersConflict = nameof(ParametersConflict);
    public const string AddressIncomplete = nameof(AddressIncomplete);
    public const string ArgumentRejected = nameof(ArgumentRejected);
    public const string RangeOutOfBounds = nameof(RangeOutOfBounds);
    public const string DestinationNotFileSystem = nameof(DestinationNotFileSystem);
    public const string DestinationNotWritable = nameof(DestinationNotWritable);
    public const string DestinationAccessDenied = nameof(DestinationAccessDenied);
    public const string DestinationCollision = nameof(DestinationCollision);
    public const string DestinationOutside = nameof(DestinationOutside);
    public const string ListFileNotReadable = nameof(ListFileNotReadable);
    public const string ShardInvalid = nameof(ShardInvalid);
    public const string OperationTimedOut = nameof(OperationTimedOut);
    public const string OperationNotSupported = nameof(OperationNotSupported);
    public const string OutOfMemory = nameof(OutOfMemory);
    public const string UnexpectedFailure = nameof(UnexpectedFailure);
    public const string EmulatorMissing = nameof(EmulatorMissing);
    public const string EmulatorRuntimeMissing = nameof(EmulatorRuntimeMissing);
    public const string EmulatorNotFound = nameof(EmulatorNotFound);
    public const string EmulatorDidNotStart = nameof(EmulatorDidNotStart);
}
