using Xunit;
using ZonalStorage.Memory;

namespace ZonalStorage.Tests.Memory;

public sealed class MemmoveWorkerPoolTests
{
    [Fact(Timeout = 60_000)]
    public async Task No_job_is_left_behind_by_a_worker_that_ends()
    {
        // Workers end as soon as nothing waits, so nearly every job meets one that is about to.
        var pool = new MemmoveWorkerPool(TimeSpan.Zero);
        for (var i = 0; i < 20_000; i++)
        {
            var job = new Job();
            while (!pool.TryPost(job, 2)) await Task.Yield();
            await job.Done.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public void Without_workers_the_caller_does_it() => Assert.False(new MemmoveWorkerPool(TimeSpan.Zero).TryPost(new Job(), 0));

    [Fact(Timeout = 60_000)]
    public async Task A_job_that_throws_ends_neither_thread_nor_process_and_is_told()
    {
        var pool = new MemmoveWorkerPool(TimeSpan.FromSeconds(10));
        var faulty = new FaultyJob();
        Assert.True(pool.TryPost(faulty, 1));
        Assert.IsType<InvalidOperationException>(await faulty.Told.WaitAsync(TestContext.Current.CancellationToken));
        var next = new Job();
        Assert.True(pool.TryPost(next, 1));
        await next.Done.WaitAsync(TestContext.Current.CancellationToken);
    }

    private sealed class FaultyJob : IMemmoveJob
    {
        private readonly TaskCompletionSource<Exception> _told = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<Exception> Told => _told.Task;

        public void Run() => throw new InvalidOperationException();

        public void Fail(Exception error) => _told.TrySetResult(error);
    }

    private sealed class Job : IMemmoveJob
    {
        private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Done => _done.Task;

        public void Run() => _done.TrySetResult();

        public void Fail(Exception error) => _done.TrySetException(error);
    }
}
