using ZonalStorage.Emulator.Grpc;

namespace ZonalStorage.Emulator.Storage;

/// <summary>The four if_… fields of a request, null where the request leaves them out.</summary>
internal readonly record struct Preconditions(
    long? GenerationMatch, long? GenerationNotMatch, long? MetagenerationMatch, long? MetagenerationNotMatch)
{
    /// <summary>
    /// Checks against the live object, or its absence (generation 0). A failed "not match" on a read says "not
    /// modified", which the service reports as ABORTED: it must not be taken for a redirect.
    /// </summary>
    public void Check(StoredObject? live, bool isRead)
    {
        var generation = live?.Generation ?? 0;
        if (GenerationMatch is { } g && g != generation) throw Failed("generation", generation, "match", g);
        if (GenerationNotMatch is { } ng && ng == generation) throw NotModified(isRead, "generation", ng);
        if (live is null) return;
        var meta = live.Metageneration;
        if (MetagenerationMatch is { } m && m != meta) throw Failed("metageneration", meta, "match", m);
        if (MetagenerationNotMatch is { } nm && nm == meta) throw NotModified(isRead, "metageneration", nm);
    }

    private static RpcFailure Failed(string what, long actual, string rule, long wanted) => RpcFailure.Precondition(
        $"The {what} of the object is {actual}; if_{what}_{rule} asked for {wanted}.");

    private static RpcFailure NotModified(bool isRead, string what, long unwanted) => new(
        isRead ? StatusCode.Aborted : StatusCode.FailedPrecondition,
        $"The {what} of the object is {unwanted}, which if_{what}_not_match excludes.");
}
