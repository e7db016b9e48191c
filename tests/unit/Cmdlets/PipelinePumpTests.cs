using System.Diagnostics;
using Xunit;
using ZonalStorage.Cmdlets.Pipeline;

namespace ZonalStorage.Tests.Cmdlets;

/// <summary>The thread of each test stands for the pipeline thread.</summary>
public sealed class PipelinePumpTests : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly PipelinePump _pump;

    public PipelinePumpTests() => _pump = new PipelinePump(_stop);

    public void Dispose() => _stop.Dispose();

    [Fact]
    public void Calls_are_made_in_their_order_on_the_pipeline_thread()
    {
        var pipeline = Environment.CurrentManagedThreadId;
        var made = new List<int>();
        var work = Task.Run(async () =>
        {
            for (var i = 0; i < 100; i++)
            {
                Assert.NotEqual(pipeline, Environment.CurrentManagedThreadId);
                Assert.Equal(i, await _pump.PostAsync(() => Made(i)));
            }
        });
        _pump.RunUntil(work);
        Assert.Equal(Enumerable.Range(0, 100), made);

        int Made(int i)
        {
            Assert.Equal(pipeline, Environment.CurrentManagedThreadId);
            made.Add(i);
            return i;
        }
    }

    [Fact]
    public void A_call_that_throws_cancels_waits_for_the_work_and_is_thrown_again()
    {
        var cleanedUp = false;
        var work = Task.Run(async () =>
        {
            try
            {
                await _pump.PostAsync<bool>(() => throw new InvalidDataException("broken pipe"));
            }
            finally
            {
                Assert.True(_stop.IsCancellationRequested);
                await Task.Delay(50);
                cleanedUp = true;
            }
        });
        var error = Assert.Throws<InvalidDataException>(() => _pump.RunUntil(work));
        Assert.Equal("broken pipe", error.Message);
        Assert.True(cleanedUp);
        Assert.True(_pump.HasFailed);
    }

    [Fact]
    public void A_tick_that_throws_does_the_same()
    {
        var cleanedUp = false;
        _pump.TickInterval = TimeSpan.FromMilliseconds(5);
        _pump.Tick = () => throw new InvalidDataException();
        var work = Task.Run(async () =>
        {
            try
            {
                await Task.Delay(Timeout.Infinite, _stop.Token);
            }
            finally
            {
                await Task.Delay(50);
                cleanedUp = true;
            }
        });
        Assert.Throws<InvalidDataException>(() => _pump.RunUntil(work));
        Assert.True(cleanedUp);
    }

    [Fact]
    public void Calls_after_a_failure_are_refused()
    {
        var refused = 0;
        var work = Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Task.Run(async () =>
        {
            try
            {
                await _pump.PostAsync<bool>(() => throw new InvalidDataException());
            }
            catch (OperationCanceledException)
            {
                Interlocked.Increment(ref refused);
            }
        })));
        Assert.Throws<InvalidDataException>(() => _pump.RunUntil(work));
        Assert.Equal(10, refused);
        Assert.True(_pump.PostAsync(() => true).IsCanceled);
    }

    [Fact]
    public void What_the_work_throws_comes_out_as_it_is()
    {
        var work = Task.Run(() => throw new ZonalException("X", ZonalStatusCode.Internal, "x"));
        Assert.Equal("X", Assert.Throws<ZonalException>(() => _pump.RunUntil(work)).ErrorId);
        Assert.False(_pump.HasFailed);
    }

    [Fact]
    public async Task A_stop_from_another_thread_ends_it_promptly()
    {
        var work = Task.Delay(Timeout.Infinite, _stop.Token);
        var running = Task.Run(() => _pump.RunUntil(work));
        await Task.Delay(50);
        var clock = Stopwatch.StartNew();
        await _stop.CancelAsync();
        _pump.Wake();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.InRange(clock.ElapsedMilliseconds, 0, 1000);
    }

    [Fact]
    public void A_closed_pump_refuses_what_waits()
    {
        var posted = _pump.PostAsync(() => true);
        _pump.Close();
        Assert.True(posted.IsCanceled);
        Assert.True(_pump.PostAsync(() => true).IsCanceled);
    }

    [Fact]
    public async Task What_is_ready_is_run_without_waiting()
    {
        var work = new TaskCompletionSource();
        var posted = _pump.PostAsync(() => 7);
        _pump.RunReady(work.Task);
        Assert.Equal(7, await posted);
        work.SetResult();
    }
}
