namespace ZonalStorage.Cmdlets.Pipeline;

/// <summary>Where the work of a cmdlet sends what it has: the pipeline in PowerShell, a list in a test.</summary>
/// <remarks>
/// Called from any thread. Every call ends when the pipeline has taken it, which is the back-pressure that reaches the
/// engine. A call throws <see cref="OperationCanceledException"/> once the pipeline wants no more; <see cref="Stopping"/>
/// is cancelled then, so the work ends by itself.
/// </remarks>
internal interface ISink
{
    /// <summary>Cancelled by Ctrl+C, and as soon as anybody downstream wants no more.</summary>
    CancellationToken Stopping { get; }

    /// <summary>Counters that the progress bar shows, and the totals that the closing verbose line tells.</summary>
    TransferProgress Progress { get; }

    /// <summary>Writes one object as it is: an array stays one object.</summary>
    Task WriteAsync(object? value);

    /// <summary>Writes several objects in one go: a hand-over to the pipeline thread costs more than a small read.</summary>
    Task WriteAllAsync(IReadOnlyList<object?> values);

    /// <summary>Writes an error for one item; the caller goes on with the next.</summary>
    Task WriteErrorAsync(Exception error, object? target);

    /// <summary>Tells what an output lacks that whoever reads it would expect.</summary>
    Task WriteWarningAsync(string message);

    /// <summary>Tells what only <c>-Verbose</c> shows.</summary>
    Task WriteVerboseAsync(string message);

    /// <summary>Asks <c>ShouldProcess</c>: false under -WhatIf, or when the user says no.</summary>
    Task<bool> ConfirmAsync(string target, string action);
}
