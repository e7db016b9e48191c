using System.Management.Automation;
using ZonalStorage.Cmdlets.Operations;

namespace ZonalStorage.Cmdlets.Commands;

/// <summary>Tells whether buckets are zonal (Rapid Storage).</summary>
[Cmdlet(VerbsDiagnostic.Test, "ZonalBucket")]
[OutputType(typeof(bool), typeof(ZonalBucketTest))]
public sealed class TestZonalBucketCommand : ZonalCmdlet
{
    /// <summary>Bucket, as a name or gs:// address.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Bucket", "Uri")]
    [BucketName]
    [ArgumentCompleter(typeof(Completion.BucketCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>Write what decides how fast the bucket can be read from here, instead of true or false.</summary>
    [Parameter]
    public SwitchParameter Detailed { get; set; }

    /// <summary>Session to use; the runspace's default one otherwise.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(Completion.SessionCompleter))]
    public ZonalSession? Session { get; set; }

    /// <inheritdoc/>
    private protected override async Task ProcessAsync()
    {
        var session = await GetSessionAsync(Session);
        var machineZone = Detailed ? await MachineZone.FindAsync(Sink.Stopping) : null;
        foreach (var name in Name)
        {
            await Sink.TryAsync($"gs://{name}", async () =>
            {
                var bucket = await session.GetBucketAsync(name, Sink.Stopping);
                await Sink.WriteAsync(Detailed ? Describe(bucket, machineZone) : bucket.IsZonal);
            });
        }
    }

    private static ZonalBucketTest Describe(ZonalBucketInfo bucket, string? machineZone) => new()
    {
        Name = bucket.Name,
        IsZonal = bucket.IsZonal,
        Zone = bucket.Zone,
        Location = bucket.Location,
        HierarchicalNamespace = bucket.HierarchicalNamespace,
        MachineZone = machineZone,
    };
}
