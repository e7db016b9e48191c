using System.Management.Automation;

namespace ZonalStorage.Cmdlets.Pipeline;

/// <summary>What every cmdlet here is: work on the pool, and a pipeline thread that carries out what the work asks for.</summary>
/// <remarks>
/// A cmdlet overrides <see cref="ProcessAsync"/>, which runs off the pipeline thread once a record and talks to PowerShell
/// through the sink only; the engine does not even guard all calls against being made elsewhere. What needs the pipeline
/// thread before (paths, variables) goes into <see cref="PrepareRecord"/>. Ctrl+C cancels and does nothing else.
/// </remarks>
public abstract class ZonalCmdlet : PSCmdlet, IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly PipelinePump _pump;
    private ProgressBar? _bar;

    private protected ZonalCmdlet()
    {
        _pump = new PipelinePump(_stop);
        Sink = new PumpSink(this, _pump, _stop.Token);
    }

    private protected ISink Sink { get; }

    /// <summary>This runspace's sessions; set on the pipeline thread, usable from any.</summary>
    private protected SessionScope Scope { get; private set; } = null!;

    /// <summary>What stands beside the progress bar.</summary>
    private protected virtual string Activity => "Reading from zonal storage";

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        Scope = SessionScope.Current;
        if (ProgressBar.IsWanted(this))
        {
            _bar = new ProgressBar(this, Activity, Sink.Progress);
            _pump.Tick = _bar.Update;
            _pump.TickInterval = ProgressBar.Interval;
        }
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        Prepare();
        Run(ProcessAsync);
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (Sink.Progress.Summary is { } summary) WriteVerbose(summary);
        _bar?.Complete();
    }

    /// <inheritdoc/>
    protected override void StopProcessing()
    {
        // Callbacks of the token run on the pool, so that this returns at once.
        _ = _stop.CancelAsync();
        _pump.Wake();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Ends what still runs: the pipeline may throw a cmdlet away between two records.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (!disposing) return;
        _pump.Close();
        _stop.Dispose();
    }

    /// <summary>Work for one record.</summary>
    private protected virtual Task ProcessAsync() => Task.CompletedTask;

    /// <summary>Takes over from the record's parameters what needs the pipeline thread.</summary>
    private protected virtual void PrepareRecord()
    {
    }

    /// <summary>Calls <see cref="PrepareRecord"/>; what is wrong with the parameters ends the pipeline.</summary>
    private protected void Prepare()
    {
        try
        {
            PrepareRecord();
        }
        catch (Exception e) when (e is ZonalException or ArgumentException or FormatException)
        {
            ThrowTerminatingError(ErrorRecordFactory.Create(e, target: null));
        }
    }

    /// <summary>Runs work to its end, and carries out meanwhile what it asks for.</summary>
    private protected void Run(Func<Task> work)
    {
        var task = Task.Run(work, CancellationToken.None);
        Guard(() => _pump.RunUntil(task));
    }

    private protected void RunUntil(Task awaited) => Guard(() => _pump.RunUntil(awaited));

    private protected void RunReady(Task work) => Guard(() => _pump.RunReady(work));

    /// <summary>Cancels and waits, for a cmdlet that is disposed with work under way.</summary>
    private protected void Abandon(Task work)
    {
        _pump.Close();
        _ = _stop.CancelAsync();
        Task.WhenAny(work, Task.Delay(TimeSpan.FromSeconds(10))).Wait();
    }

    /// <summary>The session to use: the given one, the runspace's default, or one made from the environment.</summary>
    private protected Task<ZonalSession> GetSessionAsync(ZonalSession? given) => Scope.GetAsync(given, Sink);

    // The ladder for what leaves the pump: PowerShell's own control flow goes on as it is, cancellation is a stop, and
    // whatever else the work let escape ends the pipeline under an id of ours (item failures never get here).
    private void Guard(Action pumping)
    {
        var completed = false;
        try
        {
            pumping();
            completed = true;
        }
        catch (OperationCanceledException) when (!_pump.HasFailed && _stop.IsCancellationRequested)
        {
            throw new PipelineStoppedException();
        }
        catch (Exception e) when (!_pump.HasFailed)
        {
            ThrowTerminatingError(ErrorRecordFactory.Create(e, target: null));
        }
        finally
        {
            if (!completed) _bar?.Complete();
        }
    }
}
