using System.Collections.Concurrent;
using ZonalStorage.Cmdlets.Pipeline;
using ZonalStorage.Cmdlets.Progress;

namespace ZonalStorage.Tests.Cmdlets;

/// <summary>A sink that keeps what it is given, and can want no more after a while, as Select-Object -First does.</summary>
internal sealed class RecordingSink(int wanted = int.MaxValue) : ISink, IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private int _writes;

    public CancellationToken Stopping => _stop.Token;

    public TransferProgress Progress { get; } = new();

    public ConcurrentQueue<object?> Output { get; } = new();

    public ConcurrentQueue<(Exception Error, object? Target)> Errors { get; } = new();

    public ConcurrentQueue<string> Warnings { get; } = new();

    public ConcurrentQueue<string> Verbose { get; } = new();

    /// <summary>Calls that wrote output, however many objects each wrote.</summary>
    public int Writes => Volatile.Read(ref _writes);

    /// <summary>What every write waits for: a consumer that is slow.</summary>
    public Task Consumer { get; set; } = Task.CompletedTask;

    public Task WriteAsync(object? value) => WriteAllAsync([value]);

    public async Task WriteAllAsync(IReadOnlyList<object?> values)
    {
        Interlocked.Increment(ref _writes);
        await Consumer;
        foreach (var value in values)
        {
            if (Output.Count >= wanted)
            {
                await _stop.CancelAsync();
                throw new OperationCanceledException(_stop.Token);
            }

            Output.Enqueue(value);
        }
    }

    public Task WriteErrorAsync(Exception error, object? target)
    {
        Errors.Enqueue((error, target));
        return Task.CompletedTask;
    }

    public Task WriteWarningAsync(string message)
    {
        Warnings.Enqueue(message);
        return Task.CompletedTask;
    }

    public Task WriteVerboseAsync(string message)
    {
        Verbose.Enqueue(message);
        return Task.CompletedTask;
    }

    public Task<bool> ConfirmAsync(string target, string action) => Task.FromResult(true);

    public void Stop() => _stop.Cancel();

    public void Dispose() => _stop.Dispose();
}
