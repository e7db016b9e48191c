namespace ZonalStorage.Emulator.Hosting;

/// <summary>What the command line asked for. Sizes and rates are bytes; 0 means unlimited.</summary>
internal sealed record EmulatorOptions
{
    public int Port { get; init; }

    public int AdminPort { get; init; }

    public bool Tls { get; init; }

    public string? CertificateFile { get; init; }

    public IReadOnlyList<string> Buckets { get; init; } = [];

    public bool AnyBucket { get; init; }

    /// <summary>Keeps objects as files under FOLDER/BUCKET; null keeps them in memory.</summary>
    public string? Folder { get; init; }

    public string Zone { get; init; } = "us-central1-a";

    /// <summary>Time that each request message spends on the way before it is looked at.</summary>
    public long DelayMicroseconds { get; init; }

    public long BandwidthPerStream { get; init; }

    public long BandwidthPerConnection { get; init; }

    public string? RequiredToken { get; init; }

    /// <summary>The largest object, stored or synthetic.</summary>
    public long MaxObjectSize { get; init; } = 5L << 40;

    public int? ParentPid { get; init; }

    public int ChunkSize { get; init; } = 2 << 20;

    public bool Interleave { get; init; }

    /// <summary>Honours read handles as DirectPath does: no metadata in the answer.</summary>
    public bool DirectPathHandles { get; init; }

    /// <summary>Ends every range twice, as the storage testbench does.</summary>
    public bool DoubleRangeEnd { get; init; }

    public int MaxStreams { get; init; } = 100;

    /// <summary>What is wrong with TLS; null for nothing.</summary>
    public TlsFault? TlsFault { get; init; }

    /// <summary>Instructions for the calls that carry no retry test id, one after another, or by <see cref="FaultRate"/>.</summary>
    public IReadOnlyList<string> Faults { get; init; } = [];

    /// <summary>Share of calls that suffer one of <see cref="Faults"/>, 0 to 1; null lets each of them happen once.</summary>
    public double? FaultRate { get; init; }

    /// <summary>Which calls those are: the same ones for the same seed and order of calls.</summary>
    public int FaultSeed { get; init; }
}
