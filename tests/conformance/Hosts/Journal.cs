namespace ZonalStorage.Conformance.Hosts;

/// <summary>What the grpc-js server received about one name.</summary>
/// <param name="Streams">Read streams, in the order they were opened.</param>
/// <param name="Writes">Chunks of data written.</param>
/// <param name="Calls">Unary calls.</param>
/// <param name="Violations">Rules of the protocol that the client broke, in words.</param>
public sealed record Journal(
    IReadOnlyList<JournalStream> Streams,
    IReadOnlyList<JournalWrite> Writes,
    int Calls,
    IReadOnlyList<string> Violations)
{
    /// <summary>Every range that was asked for, on any stream.</summary>
    public IEnumerable<JournalRange> Ranges => Streams.SelectMany(stream => stream.Ranges);
}

/// <summary>One read stream.</summary>
/// <param name="Params">Pairs of x-goog-request-params.</param>
/// <param name="Generation">Generation of the spec; 0 for none.</param>
/// <param name="Handle">Read handle of the spec.</param>
/// <param name="Token">Routing token of the spec.</param>
/// <param name="Messages">Ranges of each message.</param>
public sealed record JournalStream(
    IReadOnlyDictionary<string, string> Params, long Generation, string? Handle, string? Token,
    IReadOnlyList<IReadOnlyList<JournalRange>> Messages)
{
    public IEnumerable<JournalRange> Ranges => Messages.SelectMany(message => message);
}

/// <summary>A range as it was asked for.</summary>
public sealed record JournalRange(long Id, long Offset, long Length);

/// <summary>A chunk that was written.</summary>
public sealed record JournalWrite(long Offset, long Length);
