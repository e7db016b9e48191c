namespace ZonalStorage;

/// <summary>Why an operation failed: the gRPC status codes, under the numbers they have on the wire.</summary>
public enum ZonalStatusCode
{
    /// <summary>No error.</summary>
    Ok = 0,

    /// <summary>Cancelled by the caller.</summary>
    Cancelled = 1,

    /// <summary>An error without a usable code.</summary>
    Unknown = 2,

    /// <summary>The request makes no sense whatever the state of the object.</summary>
    InvalidArgument = 3,

    /// <summary>Not finished in the time allowed.</summary>
    DeadlineExceeded = 4,

    /// <summary>No such bucket, object or generation.</summary>
    NotFound = 5,

    /// <summary>It exists already.</summary>
    AlreadyExists = 6,

    /// <summary>The credential may not do this.</summary>
    PermissionDenied = 7,

    /// <summary>A quota or limit is used up.</summary>
    ResourceExhausted = 8,

    /// <summary>A precondition (generation, finalized, writer) does not hold.</summary>
    FailedPrecondition = 9,

    /// <summary>Given up because of a concurrent change.</summary>
    Aborted = 10,

    /// <summary>A range starts after the object's end.</summary>
    OutOfRange = 11,

    /// <summary>The server does not know this call.</summary>
    Unimplemented = 12,

    /// <summary>The server broke one of its own rules, or the wire format.</summary>
    Internal = 13,

    /// <summary>The server cannot be reached, or not now.</summary>
    Unavailable = 14,

    /// <summary>Bytes are wrong or missing: a checksum or length did not match.</summary>
    DataLoss = 15,

    /// <summary>No credential, or one that is not accepted.</summary>
    Unauthenticated = 16,
}
