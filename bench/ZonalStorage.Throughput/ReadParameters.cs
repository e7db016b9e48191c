namespace ZonalStorage.Throughput;

/// <summary>What a read is measured with.</summary>
internal sealed record ReadParameters
{
    public required Uri Endpoint { get; init; }

    public required string Bucket { get; init; }

    public required string Object { get; init; }

    public required string Pattern { get; init; }

    public required long IoSize { get; init; }

    /// <summary>Ranges of one batch.</summary>
    public required int Batch { get; init; }

    /// <summary>Reads ahead.</summary>
    public required bool Prefetch { get; init; }

    public required double Seconds { get; init; }

    public required int Passes { get; init; }

    public required int Depth { get; init; }

    public required int Concurrency { get; init; }

    public required int Connections { get; init; }

    public required int Streams { get; init; }

    public required string To { get; init; }

    public required bool Verify { get; init; }

    public required string? CertificateAuthorityFile { get; init; }

    public ZonalUri Uri => new(Bucket, Object);

    public ZonalSessionOptions SessionOptions => new()
    {
        Endpoint = Endpoint,
        Connections = Connections,
        StreamsPerObject = Streams,
        Concurrency = Concurrency,
        CertificateAuthorityFile = CertificateAuthorityFile,
    };
}
