using Xunit;
using ZonalStorage.Memory;

namespace ZonalStorage.Tests.Memory;

public sealed class DirectMemmoveBufferTests
{
    [Fact]
    public void Two_views_fill_one_destination()
    {
        var destination = new byte[10];
        var buffer = new DirectMemmoveBuffer(destination);
        var (left, right) = (buffer.OpenView(0, 4), buffer.OpenView(4, 6));
        Write(right, [5, 6, 7]);
        Write(left, [1, 2, 3, 4]);
        Write(right, [8, 9, 10]);
        Assert.Equal(10, buffer.Complete());
        Assert.Equal(new byte[] { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 }, destination);
    }

    [Theory]
    [InlineData(0, 5)]
    [InlineData(4, 1)]
    [InlineData(2, 3)]
    [InlineData(0, 10)]
    public void Views_must_not_overlap(int offset, int length)
    {
        var buffer = new DirectMemmoveBuffer(new byte[10]);
        buffer.OpenView(2, 3);
        Assert.Throws<InvalidOperationException>(() => buffer.OpenView(offset, length));
    }

    [Fact]
    public void Views_may_touch_and_be_empty()
    {
        var buffer = new DirectMemmoveBuffer(new byte[10]);
        buffer.OpenView(2, 3);
        Assert.Equal(0, buffer.OpenView(2, 0).Length);
        Assert.Equal(2, buffer.OpenView(0, 2).Length);
        Assert.Equal(5, buffer.OpenView(5, 5).Length);
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(0, -1)]
    [InlineData(0, 11)]
    [InlineData(int.MaxValue, int.MaxValue)]
    public void Views_lie_inside(int offset, int length) => Assert.ThrowsAny<ArgumentOutOfRangeException>(
        () => new DirectMemmoveBuffer(new byte[10]).OpenView(offset, length));

    [Fact]
    public void Too_much_is_refused_before_a_byte_is_written()
    {
        var destination = new byte[3];
        var view = new DirectMemmoveBuffer(destination).OpenView(0, 3);
        Assert.Equal(MemmoveView.Begun.Overfull, view.Begin(0, 4));
        Assert.Equal(new byte[3], destination);
        Assert.Equal(0, view.Filled);
    }

    [Fact]
    public void Too_little_is_an_error_that_names_both_numbers()
    {
        var buffer = new DirectMemmoveBuffer(new byte[3]);
        Write(buffer.OpenView(0, 3), [1, 2]);
        var error = Assert.Throws<InvalidOperationException>(() => buffer.Complete());
        Assert.Contains("2 of 3", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failed_check_takes_back_what_came_with_it_and_after_it()
    {
        var view = new DirectMemmoveBuffer(new byte[30]).OpenView(0, 30);
        Assert.Equal(MemmoveView.Begun.Yes, view.Begin(0, 10));
        Assert.Equal(MemmoveView.Begun.Yes, view.Begin(10, 10));
        Assert.Equal(MemmoveView.Begun.Yes, view.Begin(20, 10));
        view.End(0, isGood: true, out _);
        view.End(10, isGood: false, out _);
        Assert.Equal(MemmoveView.Begun.NoLonger, view.Begin(30, 0));
        Assert.False(view.IsSettled(out _));
        view.End(20, isGood: true, out _);
        Assert.True(view.IsSettled(out var filled));
        Assert.Equal(10, filled);
        // Looked up before that: the place is another one by now.
        Assert.Equal(MemmoveView.Begun.NoLonger, view.Begin(30, 0));
        Assert.Equal(MemmoveView.Begun.NoLonger, view.Begin(20, 10));
        Assert.Equal(MemmoveView.Begun.Yes, view.Begin(10, 20));
    }

    [Fact]
    public async Task Giving_up_waits_for_the_copy_that_is_under_way()
    {
        var buffer = new DirectMemmoveBuffer(new byte[10]);
        var view = buffer.OpenView(0, 10);
        view.Begin(0, 10);
        var abandoned = Task.Run(buffer.Abandon, TestContext.Current.CancellationToken);
        await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.False(abandoned.IsCompleted);
        view.End(0, isGood: true, out _);
        await abandoned.WaitAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
        Assert.Equal(MemmoveView.Begun.NoLonger, view.Begin(10, 0));
        Assert.Throws<InvalidOperationException>(() => buffer.OpenView(0, 0));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_worker_that_gives_up_does_what_it_would_wait_for()
    {
        var view = new DirectMemmoveBuffer(new byte[10]).OpenView(0, 10);
        view.Begin(0, 10);
        var isSealed = new TaskCompletionSource();
        var first = new Job(() =>
        {
            // Behind this job in the queue, and as a rule there is one worker.
            while (!MemmoveWorkerPool.Shared.TryPost(new Job(() => view.End(0, isGood: true, out _)), 1)) Thread.Yield();
            view.Seal();
            isSealed.SetResult();
        });
        while (!MemmoveWorkerPool.Shared.TryPost(first, 1)) await Task.Yield();
        await isSealed.Task.WaitAsync(TestContext.Current.CancellationToken);
    }

    private sealed class Job(Action run) : IMemmoveJob
    {
        public void Run() => run();
    }

    private static unsafe void Write(MemmoveView view, byte[] bytes)
    {
        var position = view.Filled;
        Assert.Equal(MemmoveView.Begun.Yes, view.Begin(position, bytes.Length));
        fixed (byte* address = bytes)
        {
            Assert.Equal(Crc32C.Compute(bytes), view.Copy(position, [new Fragment(address, bytes.Length)]));
        }

        view.End(position, isGood: true, out _);
    }
}
