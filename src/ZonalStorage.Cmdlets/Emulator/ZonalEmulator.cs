namespace ZonalStorage.Cmdlets.Emulator;

/// <summary>A local emulator that runs.</summary>
public sealed record ZonalEmulator
{
    /// <summary>Address for New-ZonalSession.</summary>
    public required string Endpoint { get; init; }

    /// <summary>Host and port, as STORAGE_EMULATOR_HOST_GRPC takes it.</summary>
    public required string Grpc { get; init; }

    /// <summary>HTTP address for statistics and faults.</summary>
    public required string Admin { get; init; }

    /// <summary>Its process.</summary>
    public required int ProcessId { get; init; }

    /// <summary>Buckets that exist.</summary>
    public required string[] Buckets { get; init; }

    /// <summary>PEM file to trust, for TLS; null without.</summary>
    public string? CertificateFile { get; init; }
}
