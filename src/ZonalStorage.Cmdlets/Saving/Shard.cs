using System.Globalization;

namespace ZonalStorage.Cmdlets.Saving;

/// <summary>One of several processes that share work without talking to each other.</summary>
/// <param name="Index">Which, from 0.</param>
/// <param name="Count">Of how many.</param>
/// <param name="Source">Where that was told.</param>
internal sealed record Shard(int Index, int Count, string Source)
{
    /// <summary>Tells how many there are where the scheduler does not (Kubernetes).</summary>
    public const string CountVariable = "ZONAL_SHARD_COUNT";

    // In this order: the first whose index is set counts. Slurm's ids begin anywhere and may have gaps.
    private static readonly Scheduler[] _schedulers =
    [
        new("Kubernetes Indexed Job", "JOB_COMPLETION_INDEX", CountVariable),
        new("Cloud Run job", "CLOUD_RUN_TASK_INDEX", "CLOUD_RUN_TASK_COUNT"),
        new("Cloud Batch", "BATCH_TASK_INDEX", "BATCH_TASK_COUNT"),
        new("Slurm array", "SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT", "SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_STEP"),
    ];

    /// <summary>The only one.</summary>
    public static Shard Whole { get; } = new(0, 1, "");

    /// <summary>True if there are others.</summary>
    public bool IsPart => Count > 1;

    /// <summary>What parameters tell, and a scheduler's variables for what they leave open.</summary>
    /// <param name="index">By parameter; null if not given.</param>
    /// <param name="count">By parameter; null if not given.</param>
    /// <param name="environment">Value of a variable; null if it is not set.</param>
    /// <exception cref="ZonalException"><c>ShardInvalid</c>: one of the two is unknown, or the index is too high.</exception>
    public static Shard Find(int? index, int? count, Func<string, string?> environment)
    {
        var source = "parameters";
        if (index is null || count is null)
        {
            var scheduler = Array.Find(_schedulers, s => Number(environment(s.Index)) is not null);
            if (scheduler is null)
            {
                return index is null && count is null or 1
                    ? Whole
                    : throw Invalid(index is null ? "-ShardIndex is missing" : "-ShardCount is missing");
            }

            source = scheduler.Name;
            var isCountKnown = (count ?? Number(environment(scheduler.Count))) is not null;
            // An index alone tells nothing: a job may well want every process to save everything.
            if (!isCountKnown && index is null) return Whole;
            if (!isCountKnown) throw Invalid($"-ShardCount is missing, and so is {scheduler.Count}");
            count ??= Number(environment(scheduler.Count));
            index ??= scheduler.IndexIn(environment);
        }

        if (count is not { } all || index is not { } one || one < 0 || one >= all)
        {
            throw Invalid(FormattableString.Invariant($"index {index} is not one of {count}, which count from 0 ({source})"));
        }

        return new Shard(one, all, source);
    }

    private static int? Number(string? text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static ZonalException Invalid(string why) => new(
        ZonalErrorIds.ShardInvalid, ZonalStatusCode.InvalidArgument, $"The shard is not known: {why}.",
        "Give -ShardIndex and -ShardCount, from 0 to the count less 1.")
    { IsFatalForSession = true };

    private sealed record Scheduler(string Name, string Index, string Count, string? First = null, string? Step = null)
    {
        public int? IndexIn(Func<string, string?> environment)
        {
            var first = First is null ? 0 : Number(environment(First)) ?? 0;
            var step = Step is null ? 1 : Number(environment(Step)) ?? 1;
            return (Number(environment(Index)) - first) / Math.Max(1, step);
        }
    }
}
