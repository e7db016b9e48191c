using System.Management.Automation;

namespace ZonalStorage.Cmdlets.Commands;

/// <summary>Tells whether buckets are zonal (Rapid Storage).</summary>
[Cmdlet(VerbsDiagnostic.Test, "ZonalBucket")]
[OutputType(typeof(bool), typeof(ZonalBucketInfo))]
public sealed class TestZonalBucketCommand : ZonalCmdlet
{
    /// <summary>Bucket, as a name or gs:// address.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Bucket", "Uri")]
    [BucketName]
    [ArgumentCompleter(typeof(Completion.BucketCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>Write what is known of the bucket instead of true or false.</summary>
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
        foreach (var name in Name)
        {
            await Sink.TryAsync($"gs://{name}", async () =>
            {
                var bucket = await session.GetBucketAsync(name, Sink.Stopping);
                await Sink.WriteAsync(Detailed ? bucket : bucket.IsZonal);
            });
        }
    }
}
