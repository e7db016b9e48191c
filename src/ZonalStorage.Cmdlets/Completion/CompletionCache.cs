using System.Collections.Concurrent;
using System.Management.Automation;

namespace ZonalStorage.Cmdlets.Completion;

/// <summary>What completers share: a short look at the service, remembered for a while, that never fails and never asks.</summary>
internal static class CompletionCache
{
    private static readonly TimeSpan _budget = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan _keep = TimeSpan.FromSeconds(30);

    // More than anybody goes through by Tab; it also bounds the time a large bucket takes.
    private const int MaximumNames = 1000;

    private static readonly ConcurrentDictionary<string, (DateTime At, IReadOnlyList<string> Names)> _known = new(StringComparer.Ordinal);

    /// <summary>The open session to ask; null when there is none: completing makes no session.</summary>
    public static ZonalSession? Session(System.Collections.IDictionary bound) =>
        Unwrap.BaseObject(bound["Session"]) as ZonalSession ?? SessionScope.Current.Default;

    /// <summary>Names one level below a prefix, prefixes with a slash at their end.</summary>
    public static IReadOnlyList<string> Level(ZonalSession session, string bucket, string prefix) =>
        Get($"{session.Id}/{bucket}/{prefix}", async stop =>
        {
            var names = new List<string>();
            var options = new ZonalListOptions { Prefix = prefix, Delimiter = "/", PageSize = MaximumNames };
            await foreach (var info in session.ListObjectsAsync(bucket, options, stop))
            {
                names.Add(info.Name);
                if (names.Count >= MaximumNames) break;
            }

            return names;
        });

    /// <summary>Buckets that the session's project has; an emulator has them all in any.</summary>
    public static IEnumerable<string> Buckets(ZonalSession session)
    {
        var project = session.Options.QuotaProject
            ?? Environment.GetEnvironmentVariable("GOOGLE_CLOUD_PROJECT")
            ?? (session.Options.Endpoint.IsLoopback ? "_" : null);
        if (string.IsNullOrEmpty(project)) return [];
        return Get($"{session.Id}//{project}", async stop =>
        {
            var names = new List<string>();
            await foreach (var bucket in session.ListBucketsAsync(project, cancellationToken: stop))
            {
                names.Add(bucket.Name);
                if (names.Count >= MaximumNames) break;
            }

            return names;
        });
    }

    /// <summary>A completion, quoted where PowerShell would take the text apart.</summary>
    public static CompletionResult Result(string text, string shown)
    {
        var isPlain = text.All(static c => char.IsLetterOrDigit(c) || c is ':' or '/' or '.' or '-' or '_');
        var quoted = isPlain ? text : $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
        return new CompletionResult(quoted, shown.Length == 0 ? text : shown, CompletionResultType.ParameterValue, text);
    }

    private static IReadOnlyList<string> Get(string key, Func<CancellationToken, Task<List<string>>> look)
    {
        if (_known.TryGetValue(key, out var known) && DateTime.UtcNow - known.At < _keep) return known.Names;
        using var stop = new CancellationTokenSource(_budget);
        try
        {
            var names = Task.Run(() => look(stop.Token), CancellationToken.None).GetAwaiter().GetResult();
            foreach (var (old, entry) in _known)
            {
                if (DateTime.UtcNow - entry.At > _keep) _known.TryRemove(old, out _);
            }

            _known[key] = (DateTime.UtcNow, names);
            return names;
        }
        catch (Exception)
        {
            // Whatever it is: a key press must not become an error.
            return [];
        }
    }
}
