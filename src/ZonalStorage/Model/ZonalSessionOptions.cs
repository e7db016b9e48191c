namespace ZonalStorage;

/// <summary>Everything that a session can be told, with the defaults it has otherwise. Immutable; copy it by <c>with</c>.</summary>
/// <remarks>Sessions with equal options share their connections within the process.</remarks>
public sealed record ZonalSessionOptions
{
    /// <summary>The service's own endpoint.</summary>
    public static readonly Uri DefaultEndpoint = new("https://storage.googleapis.com");

    /// <summary>
    /// Where the service listens. <c>https</c>: TLS with HTTP/2 by ALPN; <c>http</c>: HTTP/2 by prior knowledge, for
    /// emulators, and only without a credential. Default: <see cref="DefaultEndpoint"/>.
    /// </summary>
    public Uri Endpoint { get; init; } = DefaultEndpoint;

    /// <summary>Who asks; null sends no credential (emulators, public data). Never sent over plaintext.</summary>
    public ZonalCredential? Credential { get; init; }

    /// <summary>Project to bill for quota; null for none.</summary>
    public string? QuotaProject { get; init; }

    /// <summary>
    /// TCP connections kept to the endpoint, 1 to 64; 0 (default) takes one for every two processors, 1 to 8. Two saturate
    /// a two-core machine (docs/performance.md), one stream of the service carries about 1 GB/s.
    /// </summary>
    public int Connections { get; init; }

    /// <summary>Read streams at most for one object, 1 to 64. Default 4.</summary>
    public int StreamsPerObject { get; init; } = 4;

    /// <summary>Parts at most that one large read is split into, 1 to 256. Default 4.</summary>
    public int Concurrency { get; init; } = 4;

    /// <summary>Bytes that a part has at least, when a read is split. Default 5 MiB.</summary>
    public long MinimumPartSize { get; init; } = 5 << 20;

    /// <summary>
    /// Time for a connection to be made: name, TCP, proxy, TLS and the HTTP/2 preface together. Default 4 s.
    /// </summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>
    /// Time for one attempt of a call of metadata, from asking for a token and a connection to the whole answer; for a stream's
    /// first answer; and for the confirmation of an upload whose last byte has left. Default 20 s.
    /// </summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>
    /// Time without a byte, while bytes are awaited, after which a stream is given up and resumed on another; and time in which
    /// the service takes no byte of an upload, after which that fails. Default 15 s.
    /// </summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Time that a read may go on without a single new byte, and a call of metadata without an answer, over all their attempts
    /// and the pauses between them, before they fail. Default 60 s.
    /// </summary>
    public TimeSpan ResumeTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Attempts in a row without a new byte before a read fails, and of a call of metadata, 1 to 100. Default 16, which with the pauses between them is
    /// more than half a minute: a server may be restarted meanwhile.
    /// </summary>
    public int MaximumAttempts { get; init; } = 16;

    /// <summary>
    /// Time without a byte after which a range is asked for a second time on another stream, and the first answer counts;
    /// null (default) does not. For point reads whose slowest ones matter; the load grows by the share of ranges that take
    /// longer. Ranges with more than 16 MiB to come are not hedged.
    /// </summary>
    public TimeSpan? HedgeAfter { get; init; }

    /// <summary>How long a stream that nobody uses is kept for the next read of the same generation. Default 30 s.</summary>
    public TimeSpan IdleStreamTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// PEM file with the certificate authorities to trust instead of the system's; null for the system's. For private
    /// endpoints and emulators; certificates are always checked.
    /// </summary>
    public string? CertificateAuthorityFile { get; init; }

    /// <summary>HTTP proxy to tunnel through (CONNECT), <c>http://[user:password@]host:port</c>; null for none.</summary>
    public Uri? Proxy { get; init; }

    /// <summary>
    /// Threads that copy and check received bytes beside the receive threads, 0 to 64; null (default) decides by the
    /// number of processors: none on up to three, where a hand-over always cost more than it gave.
    /// </summary>
    public int? CopyWorkers { get; init; }

    /// <summary>
    /// Bytes between two ranges of a batch that are read rather than asked for apart, 0 to 16 MiB; 0 joins only ranges that
    /// touch or overlap. Default 16 KiB, about what a range costs beside its bytes.
    /// </summary>
    public int CoalesceGap { get; init; } = 16 << 10;

    /// <summary>
    /// Bytes that windows of read-ahead, chunks and staging blocks of all readers may take together, 1 MiB or more; 0
    /// (default) takes 512 MiB, or a quarter of the machine's (or container's) memory where that is less. Arrays that are
    /// handed out whole are not counted. What somebody waits for is granted beyond it, read-ahead never.
    /// </summary>
    public long MemoryBudget { get; init; }

    /// <summary>
    /// Takes content that the service sends without a CRC32C as it is, and counts it in
    /// <see cref="ZonalMetrics.UncheckedChunks"/>. Default false: such content is asked for once more and then refused
    /// (<c>ChecksumMissing</c>), so no unchecked byte is handed out. For servers that know no checksums.
    /// </summary>
    public bool AllowMissingChecksums { get; init; }

    /// <summary>
    /// Bytes of one message of metadata at most, such as a page of a listing, 64 KiB to 64 MiB. Default 4 MiB. Bounds what a
    /// server can make the process hold; a page of a listing that is over it is asked for again with fewer entries, anything
    /// else fails with <c>MetadataTooLarge</c>.
    /// </summary>
    public int MaximumMetadataMessage { get; init; } = 4 << 20;

    /// <summary>Text put before the client's own user agent; null for none.</summary>
    public string? ApplicationName { get; init; }

    /// <summary>Headers sent with every call, for diagnostics and for the emulator's fault scripts; null for none.</summary>
    public IReadOnlyDictionary<string, string>? ExtraHeaders { get; init; }

    /// <summary>The clock of all limits of time; tests move their own.</summary>
    internal TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Number of connections that <see cref="Connections"/> stands for on this machine.</summary>
    internal int EffectiveConnections =>
        Connections > 0 ? Connections : Math.Clamp(Environment.ProcessorCount / 2, 1, 8);

    /// <summary>Bytes that <see cref="MemoryBudget"/> stands for on this machine.</summary>
    internal long EffectiveMemoryBudget => MemoryBudget > 0
        ? MemoryBudget
        : Math.Clamp(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4, 1 << 20, 512 << 20);

    /// <summary>Where and as whom; never the proxy's password or the headers' values.</summary>
    public override string ToString() =>
        $"{Endpoint.GetLeftPart(UriPartial.Authority)}, {Credential?.Description ?? "no credential"}"
        + (Proxy is null ? "" : $", by {Proxy.Scheme}://{Proxy.Authority}");

    /// <summary>Checks every value.</summary>
    /// <exception cref="ArgumentException">A value is out of its bounds; the message names it, its value and the bounds.</exception>
    public void Validate()
    {
        if (!Endpoint.IsAbsoluteUri || Endpoint.Scheme is not ("http" or "https"))
            throw Invalid(nameof(Endpoint), Endpoint, "an absolute http:// or https:// address");
        if (Endpoint.AbsolutePath.Length > 1)
            throw Invalid(nameof(Endpoint), Endpoint, "an address without a path: SCHEME://HOST[:PORT]");
        if (Endpoint.Scheme is "http" && Credential is not null)
        {
            throw Invalid(
                nameof(Credential), Endpoint, "null where the endpoint is plaintext: a token is never sent unencrypted");
        }

        Bounded(nameof(Connections), Connections, 0, 64);
        Bounded(nameof(StreamsPerObject), StreamsPerObject, 1, 64);
        Bounded(nameof(Concurrency), Concurrency, 1, 256);
        Bounded(nameof(MinimumPartSize), MinimumPartSize, 1, long.MaxValue);
        Bounded(nameof(CoalesceGap), CoalesceGap, 0, 16 << 20);
        Bounded(nameof(MaximumAttempts), MaximumAttempts, 1, 100);
        Bounded(nameof(MaximumMetadataMessage), MaximumMetadataMessage, 64 << 10, 64 << 20);
        Bounded(nameof(CopyWorkers), CopyWorkers ?? 0, 0, 64);
        if (MemoryBudget != 0) Bounded(nameof(MemoryBudget), MemoryBudget, 1 << 20, long.MaxValue);
        Positive(nameof(ConnectTimeout), ConnectTimeout);
        Positive(nameof(CallTimeout), CallTimeout);
        Positive(nameof(StallTimeout), StallTimeout);
        Positive(nameof(ResumeTimeout), ResumeTimeout);
        if (HedgeAfter is { } hedge) Positive(nameof(HedgeAfter), hedge);
        if (IdleStreamTimeout < TimeSpan.Zero)
            throw Invalid(nameof(IdleStreamTimeout), IdleStreamTimeout, "zero or more");
        if (CertificateAuthorityFile is not null && !File.Exists(CertificateAuthorityFile))
            throw Invalid(nameof(CertificateAuthorityFile), CertificateAuthorityFile, "an existing PEM file");
        if (Proxy is not null && (!Proxy.IsAbsoluteUri || Proxy.Scheme is not "http"))
            throw Invalid(nameof(Proxy), Proxy, "an absolute http:// address");
    }

    private static void Bounded(string name, long value, long least, long most)
    {
        if (value < least || value > most)
            throw Invalid(name, value, most == long.MaxValue ? $"{least} or more" : $"{least} to {most}");
    }

    private static void Positive(string name, TimeSpan value)
    {
        if (value <= TimeSpan.Zero) throw Invalid(name, value, "more than zero");
    }

    private static ArgumentException Invalid(string name, object value, string expected) =>
        new($"{name} is {value}; it must be {expected}.", name);
}
