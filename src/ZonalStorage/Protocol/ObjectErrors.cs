namespace ZonalStorage.Protocol;

/// <summary>Answers about another object than was asked for.</summary>
internal static class ObjectErrors
{
    /// <summary>Another generation than the one that is pinned.</summary>
    public static ZonalException WrongGeneration(ZonalUri asked, long generation) => new(
        ZonalErrorIds.WrongGeneration, ZonalStatusCode.DataLoss,
        FormattableString.Invariant($"The service answered for generation {generation} where '{asked}' was asked for."),
        "Nothing of it was handed out. Try again; report it to the service if it lasts.", asked.ToString());

    /// <summary>Another name or bucket.</summary>
    public static ZonalException WrongObject(ZonalUri asked, string answered) => new(
        ZonalErrorIds.WrongObject, ZonalStatusCode.DataLoss,
        $"The service answered for {answered} where '{asked}' was asked for.",
        "Nothing of it was handed out. Try again; report it to the service if it lasts.", asked.ToString());

    /// <summary>One generation of a finalized object has two contents.</summary>
    public static ZonalException OtherContent(ZonalUri asked) => new(
        ZonalErrorIds.WrongObject, ZonalStatusCode.DataLoss,
        $"The service gives '{asked}', which is finalized, another size or checksum than before.",
        "Nothing of it was handed out. Try again; report it to the service if it lasts.", asked.ToString());

    /// <summary>Numbers that no object has.</summary>
    public static ZonalException Malformed(ZonalUri asked, string what) => new(
        ZonalErrorIds.WrongObject, ZonalStatusCode.DataLoss,
        $"The service's answer about '{asked}' cannot be: {what}.",
        "Try again; report it to the service if it lasts.", asked.ToString());
}
