namespace ZonalStorage.Cmdlets.Sessions;

/// <summary>Every open session of the process that a cmdlet made, and the runspace it was made in.</summary>
/// <remarks>Thread-safe. A session belongs to the runspace that made it, and is closed with it; any runspace may use it.</remarks>
internal static class SessionRegistry
{
    private static readonly object _gate = new();
    private static readonly List<(ZonalSession Session, SessionScope Owner)> _sessions = [];

    /// <summary>Sessions that are open, oldest first.</summary>
    public static IReadOnlyList<ZonalSession> Open
    {
        get
        {
            lock (_gate)
            {
                _sessions.RemoveAll(entry => !entry.Session.IsOpen);
                return _sessions.ConvertAll(entry => entry.Session);
            }
        }
    }

    /// <summary>Remembers a session that was just made.</summary>
    public static void Add(ZonalSession session, SessionScope owner)
    {
        lock (_gate) _sessions.Add((session, owner));
    }

    /// <summary>Closes the sessions of one runspace, or all; gives up waiting after <paramref name="limit"/>.</summary>
    public static void Close(SessionScope? owner, TimeSpan limit)
    {
        List<ZonalSession> closing;
        lock (_gate)
        {
            closing = _sessions.Where(entry => owner is null || entry.Owner == owner).Select(e => e.Session).ToList();
            _sessions.RemoveAll(entry => closing.Contains(entry.Session));
        }

        if (closing.Count == 0) return;
        // On the pool: a session that waits for its receive threads must not hold up a closing runspace beyond the limit.
        var all = Task.WhenAll(closing.Select(session => Task.Run(() => session.DisposeAsync().AsTask())));
        Task.WhenAny(all, Task.Delay(limit)).Wait();
    }
}
