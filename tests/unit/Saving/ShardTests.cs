using FsCheck;
using FsCheck.Fluent;
using Xunit;
using ZonalStorage.Cmdlets.Saving;

namespace ZonalStorage.Tests.Saving;

public sealed class ShardTests
{
    [Theory]
    [InlineData("JOB_COMPLETION_INDEX=2 ZONAL_SHARD_COUNT=5 CLOUD_RUN_TASK_INDEX=0 CLOUD_RUN_TASK_COUNT=3", 2, 5, "Kubernetes Indexed Job")]
    [InlineData("CLOUD_RUN_TASK_INDEX=1 CLOUD_RUN_TASK_COUNT=3 BATCH_TASK_INDEX=0 BATCH_TASK_COUNT=9", 1, 3, "Cloud Run job")]
    [InlineData("BATCH_TASK_INDEX=8 BATCH_TASK_COUNT=9 SLURM_ARRAY_TASK_ID=1 SLURM_ARRAY_TASK_COUNT=2", 8, 9, "Cloud Batch")]
    [InlineData("SLURM_ARRAY_TASK_ID=14 SLURM_ARRAY_TASK_COUNT=3 SLURM_ARRAY_TASK_MIN=10 SLURM_ARRAY_TASK_STEP=2", 2, 3, "Slurm array")]
    [InlineData("SLURM_ARRAY_TASK_ID=1 SLURM_ARRAY_TASK_COUNT=3", 1, 3, "Slurm array")]
    public void Schedulers_tell_it(string variables, int index, int count, string source) =>
        Assert.Equal(new Shard(index, count, source), Shard.Find(null, null, Environment(variables)));

    [Fact]
    public void Parameters_go_first_and_variables_fill_in()
    {
        var cloudRun = Environment("CLOUD_RUN_TASK_INDEX=1 CLOUD_RUN_TASK_COUNT=3");
        Assert.Equal((0, 2), Numbers(Shard.Find(0, 2, cloudRun)));
        Assert.Equal((1, 7), Numbers(Shard.Find(null, 7, cloudRun)));
        Assert.Equal((2, 3), Numbers(Shard.Find(2, null, cloudRun)));
        Assert.Equal((4, 6), Numbers(Shard.Find(null, 6, Environment("JOB_COMPLETION_INDEX=4"))));
    }

    [Fact]
    public void Nothing_said_is_no_sharding()
    {
        Assert.Same(Shard.Whole, Shard.Find(null, null, Environment("")));
        Assert.Same(Shard.Whole, Shard.Find(null, 1, Environment("")));
        // A job whose size nobody tells: every process may well want everything.
        Assert.Same(Shard.Whole, Shard.Find(null, null, Environment("JOB_COMPLETION_INDEX=4")));
    }

    [Theory]
    [InlineData(0, null, "")]
    [InlineData(null, 2, "")]
    [InlineData(2, 2, "")]
    [InlineData(0, null, "JOB_COMPLETION_INDEX=4")]
    [InlineData(null, null, "CLOUD_RUN_TASK_INDEX=3 CLOUD_RUN_TASK_COUNT=3")]
    [InlineData(null, null, "SLURM_ARRAY_TASK_ID=1 SLURM_ARRAY_TASK_COUNT=3 SLURM_ARRAY_TASK_MIN=5")]
    public void Half_of_it_or_nonsense_is_an_error(int? index, int? count, string variables) =>
        Assert.Equal("ShardInvalid", Assert.Throws<ZonalException>(() => Shard.Find(index, count, Environment(variables))).ErrorId);

    [Fact]
    public void Together_the_shards_have_every_byte_once() => Prop.ForAll(
        Sizes, Gen.Choose(1, 9).ToArbitrary(), static (sizes, count) =>
        {
            var objects = Objects(sizes);
            var parts = Enumerable.Range(0, count).SelectMany(i => ShardPartition.Of(objects.Reverse(), new Shard(i, count, ""), 32 << 20));
            foreach (var (info, pieces) in objects.GroupJoin(parts, static o => o, static p => p.Info, static (o, p) => (o, p)))
            {
                var stretches = pieces.Select(p => p.Share?.Resolve(info.Size) ?? (0, info.Size)).Order().ToList();
                Assert.NotEmpty(stretches);
                if (info.Size == 0) Assert.Single(stretches);
                long at = 0;
                foreach (var (offset, length) in stretches)
                {
                    Assert.Equal(at, offset);
                    Assert.Equal(0, offset % ShardPartition.Granularity);
                    Assert.True(length > 0 || info.Size == 0);
                    at += length;
                }

                Assert.Equal(info.Size, at);
            }
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(1000, 100_000, 8)]
    [InlineData(1, 4L << 30, 8)]
    [InlineData(3, 5L << 30, 7)]
    [InlineData(500, 33 << 20, 16)]
    public void Shares_are_equal_within_a_tenth(int objects, long size, int count)
    {
        var random = new Random(5);
        var all = Objects([.. Enumerable.Range(0, objects).Select(_ => objects == 1 ? size : random.NextInt64(size))]);
        var even = all.Sum(static o => o.Size) / (double)count;
        for (var i = 0; i < count; i++)
        {
            var share = ShardPartition.Of(all, new Shard(i, count, "")).Sum(static p => p.Share?.Resolve(p.Info.Size).Length ?? p.Info.Size);
            Assert.InRange(share, even * 0.9, even * 1.1);
        }
    }

    private static Arbitrary<long[]> Sizes =>
        Gen.OneOf(Gen.Choose(0, 100).Select(static i => (long)i), Gen.Choose(0, 300).Select(static i => (long)i << 20), Gen.Constant(0L))
            .ArrayOf().ToArbitrary();

    private static ZonalObjectInfo[] Objects(long[] sizes) =>
        [.. sizes.Select(static (size, i) => new ZonalObjectInfo { Bucket = "b", Name = $"n{i}", Generation = 1, Size = size })];

    private static (int Index, int Count) Numbers(Shard shard) => (shard.Index, shard.Count);

    private static Func<string, string?> Environment(string variables)
    {
        var all = variables.Split(' ', StringSplitOptions.RemoveEmptyEntries).ToDictionary(static v => v.Split('=')[0], static v => v.Split('=')[1], StringComparer.Ordinal);
        return all.GetValueOrDefault;
    }
}
