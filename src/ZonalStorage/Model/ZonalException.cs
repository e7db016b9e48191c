namespace ZonalStorage;

/// <summary>An operation on zonal storage failed for a reason that the caller can act on.</summary>
/// <remarks>
/// Cancellation by the caller surfaces as <see cref="OperationCanceledException"/>, wrong arguments as
/// <see cref="ArgumentException"/>; everything that the service, the network or the content does wrong as this type.
/// </remarks>
public sealed class ZonalException : IOException
{
    /// <summary>Makes an error.</summary>
    /// <param name="errorId">Constant identifier, see <see cref="ErrorId"/>.</param>
    /// <param name="code">Class of the failure.</param>
    /// <param name="message">What happened, in one sentence.</param>
    /// <param name="recommendedAction">What to type or change; null where there is nothing to advise.</param>
    /// <param name="target">Address that the operation was about, <c>gs://…</c> or an endpoint; null if none.</param>
    /// <param name="inner">Cause.</param>
    public ZonalException(
        string errorId,
        ZonalStatusCode code,
        string message,
        string? recommendedAction = null,
        string? target = null,
        Exception? inner = null)
        : base(message, inner)
    {
        ErrorId = errorId;
        Code = code;
        RecommendedAction = recommendedAction;
        Target = target;
    }

    /// <summary>Constant identifier of the failure, such as <c>ObjectNotFound</c>; never changes between releases.</summary>
    public string ErrorId { get; }

    /// <summary>Class of the failure.</summary>
    public ZonalStatusCode Code { get; }

    /// <summary>What to type or change; null where there is nothing to advise.</summary>
    public string? RecommendedAction { get; }

    /// <summary>Address that the operation was about; null if none.</summary>
    public string? Target { get; }

    /// <summary>True when no later operation on this session can succeed either (no endpoint, no credential).</summary>
    public bool IsFatalForSession { get; init; }
}
