using System.Management.Automation;

namespace ZonalStorage.Cmdlets.Pipeline;

/// <summary>The sink that ends in a real pipeline: every call becomes one on the pipeline thread.</summary>
internal sealed class PumpSink(PSCmdlet cmdlet, PipelinePump pump, CancellationToken stopping) : ISink
{
    public CancellationToken Stopping => stopping;

    public TransferProgress Progress { get; } = new();

    public Task WriteAsync(object? value) => Post(() => cmdlet.WriteObject(value, enumerateCollection: false));

    public Task WriteAllAsync(IReadOnlyList<object?> values) => Post(() =>
    {
        foreach (var value in values) cmdlet.WriteObject(value, enumerateCollection: false);
    });

    public Task WriteErrorAsync(Exception error, object? target) =>
        Post(() => cmdlet.WriteError(ErrorRecordFactory.Create(error, target)));

    public Task WriteWarningAsync(string message) => Post(() => cmdlet.WriteWarning(message));

    public Task WriteVerboseAsync(string message) => Post(() => cmdlet.WriteVerbose(message));

    public Task<bool> ConfirmAsync(string target, string action) =>
        Guarded(() => cmdlet.ShouldProcess(target, action));

    private Task<bool> Post(Action call) => Guarded(() =>
    {
        call();
        return true;
    });

    private Task<T> Guarded<T>(Func<T> call) => pump.PostAsync(() =>
    {
        try
        {
            return call();
        }
        catch (Exception e) when (cmdlet.Stopping && e is not PipelineStoppedException)
        {
            // Ctrl+C at a prompt surfaces as whatever the host stumbles over, such as an ArgumentOutOfRangeException.
            throw new PipelineStoppedException();
        }
    });
}
