using System.Management.Automation;

namespace ZonalStorage.Cmdlets.Pipeline;

/// <summary>How long a session waits and how often it tries: parameters of <c>New-ZonalSession</c>.</summary>
public abstract class SessionLimitsCmdlet : ZonalCmdlet
{
    /// <summary>Seconds for a connection to be made.</summary>
    [Parameter]
    [ValidateRange(0.05, 3600)]
    public double ConnectTimeout { get; set; } = 4;

    /// <summary>Seconds for one call of metadata, and for a stream's first answer.</summary>
    [Parameter]
    [ValidateRange(0.05, 3600)]
    public double CallTimeout { get; set; } = 20;

    /// <summary>Seconds without a byte after which a stream is given up and resumed on another.</summary>
    [Parameter]
    [ValidateRange(0.05, 3600)]
    public double StallTimeout { get; set; } = 15;

    /// <summary>Seconds that a read may go on without a new byte before it fails.</summary>
    [Parameter]
    [ValidateRange(0.1, 86400)]
    public double ResumeTimeout { get; set; } = 60;

    /// <summary>Attempts in a row without a new byte before a read fails.</summary>
    [Parameter]
    [ValidateRange(1, 100)]
    public int MaximumAttempts { get; set; } = 16;

    /// <summary>Seconds without a byte after which a range is asked for a second time; 0 does not.</summary>
    [Parameter]
    [ValidateRange(0, 3600)]
    public double HedgeAfter { get; set; }

    /// <summary>Bytes of one message of metadata, such as a page of a listing, at most.</summary>
    [Parameter]
    [ValidateRange(64 << 10, 64 << 20)]
    public int MaximumMetadataMessage { get; set; } = 4 << 20;

    /// <summary>The options with these limits.</summary>
    private protected ZonalSessionOptions WithLimits(ZonalSessionOptions options) => options with
    {
        ConnectTimeout = TimeSpan.FromSeconds(ConnectTimeout),
        CallTimeout = TimeSpan.FromSeconds(CallTimeout),
        StallTimeout = TimeSpan.FromSeconds(StallTimeout),
        ResumeTimeout = TimeSpan.FromSeconds(ResumeTimeout),
        MaximumAttempts = MaximumAttempts,
        MaximumMetadataMessage = MaximumMetadataMessage,
        HedgeAfter = HedgeAfter > 0 ? TimeSpan.FromSeconds(HedgeAfter) : null,
    };
}
