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
    public unsafe void What_a_chunk_has_beyond_its_place_is_checked_and_dropped()
    {
        var destination = new byte[5];
        var view = new DirectMemmoveBuffer(destination).OpenView(0, 3);
        byte[] bytes = [1, 2, 3, 4, 5];
        fixed (byte* address = bytes)
        {
            var position = view.Begin(3);
            ReadOnlySpan<Fragment> fragments = [new Fragment(address, 2), new Fragment(address + 2, 3)];
            Assert.Equal(Crc32C.Compute(bytes), view.Copy(position, 3, fragments));
        }

        Assert.Equal(new byte[] { 1, 2, 3, 0, 0 }, destination);
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
        Assert.Equal([0, 10, 20], [view.Begin(10), view.Begin(10), view.Begin(10)]);
        Assert.Equal(MemmoveView.Ended.Pending, view.End(0, isGood: true));
        Assert.Equal(MemmoveView.Ended.Pending, view.End(10, isGood: false));
        Assert.True(view.HasFailed);
        Assert.Equal(MemmoveView.Ended.TakenBack, view.End(20, isGood: true));
        Assert.Equal((10, false, 0), (view.Filled, view.HasFailed, view.PassesUnderWay));
        Assert.Equal(10, view.Begin(20));
    }

    [Fact]
    public void A_buffer_is_not_complete_while_somebody_writes()
    {
        var buffer = new DirectMemmoveBuffer(new byte[10]);
        var view = buffer.OpenView(0, 10);
        view.Begin(10);
        Assert.Throws<InvalidOperationException>(() => buffer.Complete());
        Assert.Equal(MemmoveView.Ended.Verified, view.End(0, isGood: true));
        Assert.Equal(10, buffer.Complete());
        Assert.Throws<InvalidOperationException>(() => buffer.OpenView(0, 0));
    }

    private static unsafe void Write(MemmoveView view, byte[] bytes)
    {
        var position = view.Begin(bytes.Length);
        fixed (byte* address = bytes)
        {
            Assert.Equal(Crc32C.Compute(bytes), view.Copy(position, bytes.Length, [new Fragment(address, bytes.Length)]));
        }

        view.End(position, isGood: true);
    }
}
