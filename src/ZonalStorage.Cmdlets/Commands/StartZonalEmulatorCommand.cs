using System.Globalization;
using System.Management.Automation;
using ZonalStorage.Cmdlets.Emulator;

namespace ZonalStorage.Cmdlets.Commands;

/// <summary>Starts a local zonal bucket service, for trying things out and for tests.</summary>
[Cmdlet(VerbsLifecycle.Start, "ZonalEmulator", SupportsShouldProcess = true)]
[OutputType(typeof(ZonalEmulator))]
public sealed class StartZonalEmulatorCommand : ZonalCmdlet
{
    /// <summary>Port; any free one if absent.</summary>
    [Parameter(Position = 0)]
    [ValidateRange(0, 65535)]
    public int Port { get; set; }

    /// <summary>Buckets that exist; the folders in -Path if absent, else one named zonal-bucket.</summary>
    [Parameter]
    [BucketName]
    public string[] Bucket { get; set; } = [];

    /// <summary>Keep objects as files in this folder instead of in memory.</summary>
    [Parameter]
    public string? Path { get; set; }

    /// <summary>Serve TLS with a throw-away certificate.</summary>
    [Parameter]
    public SwitchParameter Tls { get; set; }

    /// <summary>Microseconds that each request takes to arrive.</summary>
    [Parameter]
    [ValidateRange(0, 60_000_000)]
    public int DelayMicroseconds { get; set; }

    /// <summary>Bytes per second of one stream; 0 is unlimited.</summary>
    [Parameter]
    [Size]
    [ValidateRange(0, long.MaxValue)]
    public long BandwidthPerStream { get; set; }

    /// <summary>Faults that read calls suffer, one call each, or by -FaultRate.</summary>
    [Parameter]
    public string[] Fault { get; set; } = [];

    /// <summary>Share of read calls that suffer one of the faults; absent, each fault happens once.</summary>
    [Parameter]
    [ValidateRange(0.0, 1.0)]
    public double? FaultRate { get; set; }

    /// <summary>Make a session to it, the runspace's default one.</summary>
    [Parameter]
    public SwitchParameter UseAsDefault { get; set; }

    /// <inheritdoc/>
    private protected override void PrepareRecord()
    {
        if (Path is not null) Path = GetUnresolvedProviderPathFromPSPath(Path);
    }

    /// <inheritdoc/>
    private protected override async Task ProcessAsync()
    {
        if (!await Sink.ConfirmAsync("local emulator", "Start")) return;
        var emulator = await EmulatorStarter.StartAsync(Arguments(), Sink.Stopping);
        if (UseAsDefault)
        {
            var session = ZonalSession.Create(new ZonalSessionOptions
            {
                Endpoint = new Uri(emulator.Endpoint),
                CertificateAuthorityFile = emulator.CertificateFile,
            });
            Scope.Adopt(session, makeDefault: true);
            await Sink.WriteVerboseAsync($"Session {session.Id} to the emulator is the default now.");
        }

        await Sink.WriteAsync(emulator);
    }

    private IEnumerable<string> Arguments()
    {
        yield return "--port";
        yield return $"{Port}";
        foreach (var bucket in Bucket)
        {
            yield return "--bucket";
            yield return bucket;
        }

        foreach (var fault in Fault)
        {
            yield return "--fault";
            yield return fault;
        }

        if (FaultRate is { } rate)
        {
            yield return "--fault-rate";
            yield return rate.ToString(CultureInfo.InvariantCulture);
        }

        if (Path is not null)
        {
            yield return "--folder";
            yield return Path;
        }

        if (Tls)
        {
            yield return "--tls";
            yield return "--certificate-file";
            yield return System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"zonal-emulator-{Guid.NewGuid():N}.pem");
        }

        yield return "--delay-us";
        yield return $"{DelayMicroseconds}";
        yield return "--bandwidth-per-stream";
        yield return $"{BandwidthPerStream}";
    }
}
