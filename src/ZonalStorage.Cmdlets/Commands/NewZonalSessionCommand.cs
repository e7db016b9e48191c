using System.Management.Automation;

namespace ZonalStorage.Cmdlets.Commands;

/// <summary>Makes a session, and the runspace's default one unless told otherwise.</summary>
[Cmdlet(VerbsCommon.New, "ZonalSession")]
[OutputType(typeof(ZonalSession))]
public sealed class NewZonalSessionCommand : SessionLimitsCmdlet
{
    /// <summary>Where the service listens; from the environment if absent.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("Uri")]
    public string? Endpoint { get; set; }

    /// <summary>JSON file of a service account, a user, an external account or an impersonation.</summary>
    [Parameter]
    public string? CredentialFile { get; set; }

    /// <summary>Send no credential: public data, emulators over TLS.</summary>
    [Parameter]
    public SwitchParameter NoCredential { get; set; }

    /// <summary>TCP connections; 0 decides by the number of processors.</summary>
    [Parameter]
    [ValidateRange(0, 64)]
    public int Connections { get; set; }

    /// <summary>Read streams at most for one object.</summary>
    [Parameter]
    [ValidateRange(1, 64)]
    public int StreamsPerObject { get; set; } = 4;

    /// <summary>Parts at most that a large read is split into.</summary>
    [Parameter]
    [ValidateRange(1, 256)]
    public int Concurrency { get; set; } = 4;

    /// <summary>Bytes that a part has at least.</summary>
    [Parameter]
    [Size]
    [ValidateRange(1, long.MaxValue)]
    public long MinimumPartSize { get; set; } = 5 << 20;

    /// <summary>Bytes between two ranges of a batch that are read rather than asked for apart.</summary>
    [Parameter]
    [Size]
    [ValidateRange(0, 16 << 20)]
    public long CoalesceGap { get; set; } = 16 << 10;

    /// <summary>Bytes for read-ahead, chunks and staging of all readers; 0 decides by the machine's memory.</summary>
    [Parameter]
    [Size]
    [ValidateRange(0, long.MaxValue)]
    public long MemoryBudget { get; set; }

    /// <summary>PEM file of the authorities to trust instead of the system's.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("CertificateFile")]
    public string? CertificateAuthorityFile { get; set; }

    /// <summary>HTTP proxy to tunnel through, http://[USER:PASSWORD@]HOST:PORT; HTTPS_PROXY if absent.</summary>
    [Parameter]
    public Uri? Proxy { get; set; }

    /// <summary>Project to bill for quota.</summary>
    [Parameter]
    public string? QuotaProject { get; set; }

    /// <summary>
    /// Take content that the server sends without a checksum as it is, and count it; otherwise it is refused. For servers that
    /// know no checksums.
    /// </summary>
    [Parameter]
    public SwitchParameter AllowMissingChecksums { get; set; }

    /// <summary>Do not connect now.</summary>
    [Parameter]
    public SwitchParameter SkipConnect { get; set; }

    /// <summary>Do not make it the runspace's default.</summary>
    [Parameter]
    public SwitchParameter NoDefault { get; set; }

    /// <inheritdoc/>
    private protected override void PrepareRecord()
    {
        if (CredentialFile is not null) CredentialFile = GetUnresolvedProviderPathFromPSPath(CredentialFile);
        if (CertificateAuthorityFile is not null)
            CertificateAuthorityFile = GetUnresolvedProviderPathFromPSPath(CertificateAuthorityFile);
    }

    /// <inheritdoc/>
    private protected override async Task ProcessAsync()
    {
        var session = ZonalSession.Create(await MakeOptionsAsync());
        try
        {
            if (!SkipConnect) await session.ConnectAsync(Sink.Stopping);
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }

        Scope.Adopt(session, makeDefault: !NoDefault);
        await Sink.WriteVerboseAsync(
            $"Session {session.Id}: {session.Endpoint}, {session.Options.Credential?.Description ?? "no credential"}.");
        await Sink.WriteAsync(session);
    }

    private async Task<ZonalSessionOptions> MakeOptionsAsync()
    {
        var options = (await FindEndpointAsync()) with
        {
            Connections = Connections,
            StreamsPerObject = StreamsPerObject,
            Concurrency = Concurrency,
            MinimumPartSize = MinimumPartSize,
            CoalesceGap = (int)CoalesceGap,
            MemoryBudget = MemoryBudget,
            CertificateAuthorityFile = CertificateAuthorityFile,
            QuotaProject = QuotaProject,
            AllowMissingChecksums = AllowMissingChecksums,
        };
        options = WithLimits(options);
        if (Proxy is not null) options = options with { Proxy = Proxy };
        if (CredentialFile is null) return options;
        return options with { Credential = await ZonalCredential.FromFileAsync(CredentialFile, Sink.Stopping) };
    }

    private Task<ZonalSessionOptions> FindEndpointAsync()
    {
        if (Endpoint is null && !NoCredential && CredentialFile is null)
            return ZonalSession.GetEnvironmentOptionsAsync(Sink.Stopping);
        Uri? endpoint = null;
        if (Endpoint is not null && !EndpointParser.TryParse(Endpoint, out endpoint))
        {
            throw new ZonalException(
                ZonalErrorIds.EndpointInvalid, ZonalStatusCode.InvalidArgument, $"'{Endpoint}' is not an endpoint.",
                "Type https://HOST[:PORT], or http://HOST:PORT for an emulator.", Endpoint);
        }

        return SessionEndpoint.OptionsForAsync(endpoint, NoCredential || CredentialFile is not null, Sink.Stopping);
    }
}
