using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Mathematics;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;

namespace ZonalStorage.Benchmarks;

/// <summary>
/// Short runs within this process: nothing more is built, and on a shared machine the best of many short iterations says more
/// than the mean of a few long ones. Benchmarks with a parameter called Size are also shown in GiB/s.
/// </summary>
internal sealed class ShortInProcess : ManualConfig
{
    public ShortInProcess()
    {
        AddJob(Job.Default
            .WithToolchain(InProcessEmitToolchain.Instance)
            .WithWarmupCount(3)
            .WithIterationCount(15)
            .WithIterationTime(TimeInterval.FromMilliseconds(30)));
        AddColumn(TargetMethodColumn.Method, StatisticColumn.Min, StatisticColumn.Median);
        AddColumn(new Speed("GiB/s best", static s => s.Min), new Speed("GiB/s median", static s => s.Median));
        AddColumnProvider(DefaultColumnProviders.Params, DefaultColumnProviders.Metrics);
        AddLogger(ConsoleLogger.Default);
        AddExporter(MarkdownExporter.GitHub);
    }

    private sealed class Speed(string name, Func<Statistics, double> nanoseconds) : IColumn
    {
        public string Id => name;

        public string ColumnName => name;

        public bool AlwaysShow => false;

        public ColumnCategory Category => ColumnCategory.Custom;

        public int PriorityInCategory => 0;

        public bool IsNumeric => true;

        public UnitType UnitType => UnitType.Dimensionless;

        public string Legend => "2^30 bytes a second, from the parameter Size";

        public string GetValue(Summary summary, BenchmarkCase benchmarkCase)
        {
            if (benchmarkCase.Parameters["Size"] is not int size) return "-";
            return summary[benchmarkCase]?.ResultStatistics is { } statistics
                ? (size / nanoseconds(statistics) * 1e9 / (1 << 30)).ToString("F1", CultureInfo.InvariantCulture)
                : "?";
        }

        public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) =>
            GetValue(summary, benchmarkCase);

        public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

        public bool IsAvailable(Summary summary) =>
            summary.BenchmarksCases.Any(static c => c.Parameters["Size"] is int);
    }
}
