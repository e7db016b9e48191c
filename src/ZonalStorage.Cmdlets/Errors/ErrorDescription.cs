using System.Management.Automation;

namespace ZonalStorage.Cmdlets.Errors;

/// <summary>What PowerShell is told of a failure: id, category, text and what to do about it.</summary>
/// <param name="Id">Constant identifier.</param>
/// <param name="Category">Never <see cref="ErrorCategory.NotSpecified"/>.</param>
/// <param name="Message">What happened, in a sentence.</param>
/// <param name="Advice">What to type; null where there is nothing to advise.</param>
/// <param name="Target">What it was about; null if the failure itself does not know.</param>
internal sealed record ErrorDescription(
    string Id, ErrorCategory Category, string Message, string? Advice = null, object? Target = null)
{
    /// <summary>True for a failure that every later item would meet as well.</summary>
    public static bool EndsPipeline(Exception error) =>
        error is ZonalException { IsFatalForSession: true }
        || (error is ObjectDisposedException { ObjectName: var name } && name.EndsWith(nameof(ZonalSession), StringComparison.Ordinal));

    /// <summary>Describes any exception that work may end with.</summary>
    public static ErrorDescription Of(Exception error) => error switch
    {
        ZonalException e => new(e.ErrorId, CategoryOf(e.Code), e.Message, e.RecommendedAction, e.Target),
        ObjectDisposedException => new(
            ZonalErrorIds.SessionClosed, ErrorCategory.InvalidOperation, "The session is closed.",
            "Make a new one with New-ZonalSession, or leave -Session away to use the default one."),
        OperationCanceledException or TimeoutException => new(
            ZonalErrorIds.OperationTimedOut, ErrorCategory.OperationTimeout, error.Message),
        UnauthorizedAccessException => new(
            ZonalErrorIds.DestinationAccessDenied, ErrorCategory.PermissionDenied, error.Message,
            "Choose another -Destination, or ask for write access to the folder."),
        IOException => new(
            ZonalErrorIds.DestinationNotWritable, ErrorCategory.WriteError, error.Message,
            "Check that the folder of -Destination exists and that the disk has room."),
        ArgumentException e => new(ZonalErrorIds.ArgumentRejected, ErrorCategory.InvalidArgument, WithoutParameterName(e)),
        FormatException => new(ZonalErrorIds.ArgumentRejected, ErrorCategory.InvalidArgument, error.Message),
        NotSupportedException => new(ZonalErrorIds.OperationNotSupported, ErrorCategory.NotImplemented, error.Message),
        OutOfMemoryException => new(
            ZonalErrorIds.OutOfMemory, ErrorCategory.ResourceUnavailable, "There is not enough memory for this read.",
            "Read a part with -Offset and -Length, or write to a file with -Destination."),
        _ => new(
            ZonalErrorIds.UnexpectedFailure, ErrorCategory.InvalidResult,
            $"{error.GetType().Name}: {error.Message}", "Please report this, with the output of 'Get-Error'."),
    };

    /// <summary>The category that stands for a gRPC status.</summary>
    public static ErrorCategory CategoryOf(ZonalStatusCode code) => code switch
    {
        ZonalStatusCode.NotFound => ErrorCategory.ObjectNotFound,
        ZonalStatusCode.PermissionDenied => ErrorCategory.PermissionDenied,
        ZonalStatusCode.Unauthenticated => ErrorCategory.AuthenticationError,
        ZonalStatusCode.OutOfRange or ZonalStatusCode.InvalidArgument => ErrorCategory.InvalidArgument,
        ZonalStatusCode.AlreadyExists => ErrorCategory.ResourceExists,
        ZonalStatusCode.FailedPrecondition => ErrorCategory.InvalidOperation,
        ZonalStatusCode.Aborted => ErrorCategory.ResourceBusy,
        ZonalStatusCode.ResourceExhausted => ErrorCategory.LimitsExceeded,
        ZonalStatusCode.Unavailable => ErrorCategory.ConnectionError,
        ZonalStatusCode.DeadlineExceeded => ErrorCategory.OperationTimeout,
        ZonalStatusCode.DataLoss => ErrorCategory.InvalidData,
        ZonalStatusCode.Unimplemented => ErrorCategory.NotImplemented,
        ZonalStatusCode.Internal => ErrorCategory.ProtocolError,
        ZonalStatusCode.Cancelled => ErrorCategory.OperationStopped,
        _ => ErrorCategory.InvalidResult,
    };

    // ".NET appends "(Parameter 'x')", which means nothing at a prompt.
    private static string WithoutParameterName(ArgumentException error)
    {
        var end = error.ParamName is null ? -1 : error.Message.LastIndexOf(" (Parameter '", StringComparison.Ordinal);
        return end < 0 ? error.Message : error.Message[..end];
    }
}
