using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;

namespace ZonalStorage.Cmdlets.Sessions;

/// <summary>What a runspace knows of sessions: which one its cmdlets use by default.</summary>
/// <remarks>
/// Per runspace, so that parallel ones do not pull the default away from under each other. <see cref="Current"/> is for
/// the pipeline thread; everything else is thread-safe.
/// </remarks>
#pragma warning disable CA1001 // A semaphore without a wait handle, which nobody here asks for, holds nothing to dispose of.
internal sealed class SessionScope
#pragma warning restore CA1001
{
    /// <summary>Sessions are closed within this time when a runspace or the module goes.</summary>
    public static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(2);

    private static readonly ConditionalWeakTable<Runspace, SessionScope> _scopes = new();

    // Two cmdlets of one pipeline may both find no session: the second must use what the first makes.
    private readonly SemaphoreSlim _making = new(1, 1);
    private ZonalSession? _default;

    /// <summary>That of the runspace that this thread runs a pipeline for.</summary>
    public static SessionScope Current =>
        Runspace.DefaultRunspace is { } runspace ? _scopes.GetValue(runspace, ForRunspace) : new SessionScope();

    /// <summary>The session that cmdlets without -Session use; null while there is none that is open.</summary>
    public ZonalSession? Default
    {
        get => Volatile.Read(ref _default) is { IsOpen: true } session ? session : null;
        set => Volatile.Write(ref _default, value);
    }

    /// <summary>Remembers a session made in this runspace.</summary>
    public void Adopt(ZonalSession session, bool makeDefault)
    {
        SessionRegistry.Add(session, this);
        if (makeDefault) Default = session;
    }

    /// <summary>The given session, else the default one, else one made from the environment and kept as the default.</summary>
    /// <exception cref="ZonalException">No session can be made, or the given one is closed.</exception>
    public async Task<ZonalSession> GetAsync(ZonalSession? given, ISink sink)
    {
        if (given is not null) return given.IsOpen ? given : throw Closed(given);
        if (Default is { } existing) return existing;
        await _making.WaitAsync(sink.Stopping);
        try
        {
            if (Default is { } justMade) return justMade;
            var options = await ZonalSession.GetEnvironmentOptionsAsync(sink.Stopping);
            var session = ZonalSession.Create(options);
            Adopt(session, makeDefault: true);
            await sink.WriteVerboseAsync(
                $"Session {session.Id} made from the environment: {session.Endpoint}, "
                + (options.Credential?.Description ?? "no credential") + ".");
            return session;
        }
        finally
        {
            _making.Release();
        }
    }

    /// <summary>Closes what was made in this runspace; bounded in time.</summary>
    public void Close() => SessionRegistry.Close(this, CloseLimit);

    private static ZonalException Closed(ZonalSession session) => new(
        ZonalErrorIds.SessionClosed, ZonalStatusCode.FailedPrecondition, $"Session {session.Id} is closed.",
        "Make a new one with New-ZonalSession, or leave -Session away to use the default one.", session.Endpoint)
    { IsFatalForSession = true };

    private static SessionScope ForRunspace(Runspace runspace)
    {
        var scope = new SessionScope();
        // The runspace holds the handler, never the other way round.
        runspace.StateChanged += (_, change) =>
        {
            if (change.RunspaceStateInfo.State is RunspaceState.Closed or RunspaceState.Broken) scope.Close();
        };
        return scope;
    }
}
