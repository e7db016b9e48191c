namespace ZonalStorage.Cmdlets.Sessions;

/// <summary>What the module's views tell of a session beyond its own properties.</summary>
public static class SessionView
{
    /// <summary>A star for the default session of the runspace that shows the table.</summary>
    public static string DefaultMark(ZonalSession session) =>
        ReferenceEquals(SessionScope.Current.Default, session) ? "*" : "";

    /// <summary>Who the session is, without secrets.</summary>
    public static string Credential(ZonalSession session) => session?.Options.Credential?.Description ?? "none";
}
