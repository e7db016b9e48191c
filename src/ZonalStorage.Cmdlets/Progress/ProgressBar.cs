using System.Management.Automation;

namespace ZonalStorage.Cmdlets.Progress;

/// <summary>The progress bar of a cmdlet; pipeline thread only.</summary>
/// <remarks>
/// It shows after a second, is redrawn five times a second at most, and is taken away whatever happens. The pump's tick
/// samples the engine's counters, so no chunk of data ever costs a call.
/// </remarks>
internal sealed class ProgressBar(PSCmdlet cmdlet, string activity, TransferProgress progress)
{
    /// <summary>The console draws every 200 ms at most; sampling more often would be for nothing.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    // Transfers with bars of their own below: the large ones, as many as do not fill the screen.
    private const int MaximumChildren = 4;
    private const long ChildBytes = 32 << 20;

    private static readonly TimeSpan _delay = TimeSpan.FromSeconds(1);

    private TransferSample _last;
    private double _rate;
    private bool _shown;
    private int _children;

    /// <summary>False when nobody would see it: no work at all is done then.</summary>
    public static bool IsWanted(PSCmdlet cmdlet)
    {
        var preference = cmdlet.MyInvocation.BoundParameters.TryGetValue("ProgressAction", out var bound)
            ? bound
            : cmdlet.GetVariableValue("ProgressPreference", ActionPreference.Continue);
        return LanguagePrimitives.TryConvertTo<ActionPreference>(preference, out var action)
            && action is not (ActionPreference.SilentlyContinue or ActionPreference.Ignore);
    }

    /// <summary>Redraws if it is time to.</summary>
    public void Update()
    {
        if (progress.Sample() is not { } sample || sample.Elapsed < _delay || sample.Elapsed - _last.Elapsed < Interval)
            return;

        var rate = (sample.Bytes - _last.Bytes) / (sample.Elapsed - _last.Elapsed).TotalSeconds;
        // The first figure is the average so far; after that a moving one over about a second.
        _rate = _shown ? _rate + 0.2 * (rate - _rate) : sample.Bytes / sample.Elapsed.TotalSeconds;
        _last = sample;
        _shown = true;
        cmdlet.WriteProgress(new ProgressRecord(0, activity, sample.Describe(_rate))
        {
            PercentComplete = sample.Percent,
            SecondsRemaining = sample.TotalBytes is { } total && _rate > 0
                ? (int)Math.Clamp((total - sample.Bytes) / _rate, 0, int.MaxValue)
                : -1,
        });
        UpdateChildren();
    }

    private void UpdateChildren()
    {
        var named = progress.SampleNamed(MaximumChildren, ChildBytes);
        for (var i = 0; i < named.Count; i++)
        {
            var (name, bytes, total) = named[i];
            cmdlet.WriteProgress(new ProgressRecord(i + 1, name, $"{HumanSize.Format(bytes)} of {HumanSize.Format(total)}")
            {
                ParentActivityId = 0,
                PercentComplete = (int)Math.Clamp(100 * bytes / (double)total, 0, 100),
            });
        }

        for (var i = named.Count; i < _children; i++) WriteCompleted(i + 1);
        _children = named.Count;
    }

    /// <summary>Takes the bar away, if it was ever shown.</summary>
    public void Complete()
    {
        if (!_shown) return;
        _shown = false;
        try
        {
            for (var i = _children; i >= 0; i--) WriteCompleted(i);
        }
        catch (PipelineStoppedException)
        {
            // A pipeline that was stopped takes its bars away itself.
        }
    }

    private void WriteCompleted(int id) =>
        cmdlet.WriteProgress(new ProgressRecord(id, activity, "Done") { RecordType = ProgressRecordType.Completed });
}
