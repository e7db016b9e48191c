namespace ZonalStorage;

/// <summary>What a session has done so far and what it holds now: a sample.</summary>
/// <remarks>
/// The same numbers are instruments of the meter <c>ZonalStorage</c> (System.Diagnostics.Metrics), for OpenTelemetry and
/// dotnet-counters; docs/metrics.md lists them.
/// </remarks>
public sealed record ZonalMetrics
{
    /// <summary>Number of the session within the process.</summary>
    public required int SessionId { get; init; }

    /// <summary>Where it reads from.</summary>
    public required string Endpoint { get; init; }

    /// <summary>Bytes of content received and checked.</summary>
    public required long BytesRead { get; init; }

    /// <summary>Bytes asked for and not here yet.</summary>
    public required long BytesInFlight { get; init; }

    /// <summary>Read streams that are open, idle ones included.</summary>
    public required int Streams { get; init; }

    /// <summary>Connections that are up.</summary>
    public required int Connections { get; init; }

    /// <summary>Bytes of reads that had been asked for before the read came.</summary>
    public required long ReadAheadHitBytes { get; init; }

    /// <summary>Bytes that were read ahead and given up unread.</summary>
    public required long ReadAheadWastedBytes { get; init; }

    /// <summary>Chunks that the receive threads copied and checked themselves.</summary>
    public required long CopiesInline { get; init; }

    /// <summary>Chunks that copy workers took over.</summary>
    public required long CopiesHandedOver { get; init; }

    /// <summary>Streams opened again after a failure.</summary>
    public required long Retries { get; init; }

    /// <summary>Redirects followed.</summary>
    public required long Redirects { get; init; }

    /// <summary>Ranges asked for again because a checksum, place or length was wrong.</summary>
    public required long RangesAskedAgain { get; init; }

    /// <summary>
    /// Chunks that came without a checksum and were handed out unchecked, see
    /// <see cref="ZonalSessionOptions.AllowMissingChecksums"/>.
    /// </summary>
    public required long UncheckedChunks { get; init; }

    /// <summary>Ranges asked for a second time because the first request was slow.</summary>
    public required long Hedges { get; init; }

    /// <summary>Bytes of the session's memory budget.</summary>
    public required long MemoryBudget { get; init; }

    /// <summary>Bytes of it in use.</summary>
    public required long MemoryInUse { get; init; }

    /// <summary>Bytes that wait, warm, for reuse.</summary>
    public required long MemoryPooled { get; init; }

    /// <summary>The most bytes that were in use at a time.</summary>
    public required long MemoryPeak { get; init; }
}
