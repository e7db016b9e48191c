using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace ZonalStorage.Cmdlets.Completion;

/// <summary>Completes gs:// addresses, one level at a time.</summary>
public sealed class UriCompleter : IArgumentCompleter
{
    private const string Scheme = "gs://";

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        var word = wordToComplete.Trim('\'', '"');
        if (CompletionCache.Session(fakeBoundParameters) is not { } session || !word.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            return [];
        var slash = word.IndexOf('/', Scheme.Length);
        if (slash < 0)
        {
            return CompletionCache.Buckets(session)
                .Where(name => name.StartsWith(word[Scheme.Length..], StringComparison.Ordinal))
                .Select(static name => CompletionCache.Result($"{Scheme}{name}/", name));
        }

        var (bucket, typed) = (word[Scheme.Length..slash], word[(slash + 1)..]);
        var level = typed[..(typed.LastIndexOf('/') + 1)];
        return CompletionCache.Level(session, bucket, level)
            .Where(name => name.StartsWith(typed, StringComparison.Ordinal) && name.Length > level.Length)
            .Select(name => CompletionCache.Result($"{Scheme}{bucket}/{name}", name[level.Length..]));
    }
}

/// <summary>Completes object names of the bucket that was given, one level at a time.</summary>
public sealed class ObjectNameCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        if (CompletionCache.Session(fakeBoundParameters) is not { } session || fakeBoundParameters["Bucket"] is not string bucket)
            return [];
        var typed = wordToComplete.Trim('\'', '"');
        var level = typed[..(typed.LastIndexOf('/') + 1)];
        return CompletionCache.Level(session, bucket.Replace("gs://", "", StringComparison.OrdinalIgnoreCase), level)
            .Where(name => name.StartsWith(typed, StringComparison.Ordinal))
            .Select(name => CompletionCache.Result(name, name[level.Length..]));
    }
}

/// <summary>Completes buckets: those of the project, where one is known, and of the emulators that run.</summary>
public sealed class BucketCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        CompletionCache.Session(fakeBoundParameters) is { } session
            ? CompletionCache.Buckets(session)
                .Where(b => b.StartsWith(wordToComplete.Trim('\'', '"'), StringComparison.Ordinal))
                .Select(static b => CompletionCache.Result(b, b))
            : [];
}

/// <summary>Completes sessions by an expression that finds them.</summary>
public sealed class SessionCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        SessionRegistry.Open.Select(static s => new CompletionResult(
            $"(Get-ZonalSession {s.Id})", $"{s.Id}: {s.Endpoint}", CompletionResultType.ParameterValue, s.Endpoint));
}

/// <summary>Completes the numbers of sessions.</summary>
public sealed class SessionIdCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        SessionRegistry.Open.Select(static s => new CompletionResult(
            $"{s.Id}", $"{s.Id}: {s.Endpoint}", CompletionResultType.ParameterValue, s.Endpoint));
}

/// <summary>Completes names of encodings.</summary>
public sealed class EncodingCompleter : IArgumentCompleter
{
    private static readonly string[] _names = ["ascii", "latin1", "unicode", "bigendianunicode", "utf32", "utf8"];

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        _names.Where(n => n.StartsWith(wordToComplete, StringComparison.OrdinalIgnoreCase)).Select(static n => new CompletionResult(n));
}
