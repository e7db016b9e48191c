using FsCheck;
using FsCheck.Fluent;
using Xunit;
using ZonalStorage.Transfer;

namespace ZonalStorage.Tests.Transfer;

public sealed class PartWindowTests
{
    private const int Start = 8;
    private const int Most = 64;
    private const int MostWaiting = 4;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void It_is_never_larger_than_allowed_and_never_shut() => Prop.ForAll(
        ArbMap.Default.ArbFor<int[]>(), Gen.Choose(0, 9).ToArbitrary(), (events, most) =>
        {
            using var window = new PartWindow(Start, most, MostWaiting);
            var (asked, waiting) = (0, 0);
            foreach (var e in events)
            {
                // One of the things that can happen: another part is asked for, there is no memory for it, one comes, one is written.
                switch ((uint)e % 4)
                {
                    case 0 when asked < window.Size:
                        Assert.True(window.EnterAsync(Stop).IsCompletedSuccessfully);
                        asked++;
                        break;
                    case 1 when asked > waiting:
                        window.OnReceived();
                        waiting++;
                        break;
                    case 2 when waiting > 0:
                        window.OnWritten();
                        (asked, waiting) = (asked - 1, waiting - 1);
                        break;
                    case 3 when asked < window.Size:
                        Assert.True(window.EnterAsync(Stop).IsCompletedSuccessfully);
                        if (!window.TryClose()) asked++;
                        break;
                }

                Assert.InRange(asked, 0, most);
                Assert.InRange(window.Size, Math.Min(1, most), most);
            }
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void It_grows_while_the_disk_waits_for_bytes()
    {
        using var window = new PartWindow(Start, Most, MostWaiting);
        for (var i = 0; i < Most - Start; i++)
        {
            Assert.Equal(Start + i, window.Size);
            Bring(window, 1);
        }

        Bring(window, 1);
        Assert.Equal(Most, window.Size);
    }

    [Fact]
    public void Places_without_memory_are_closed_but_for_one_and_open_again()
    {
        using var window = new PartWindow(Start, Most, MostWaiting);
        for (var i = 1; i < Start; i++)
        {
            Assert.True(window.EnterAsync(Stop).IsCompletedSuccessfully);
            Assert.True(window.TryClose());
        }

        Assert.True(window.EnterAsync(Stop).IsCompletedSuccessfully);
        Assert.False(window.TryClose());
        window.OnReceived();
        window.OnWritten();
        Assert.Equal(2, window.Size);
    }

    [Fact]
    public void It_shrinks_before_a_slow_disk_to_what_may_wait()
    {
        using var window = new PartWindow(Start, Most, MostWaiting);
        for (var i = 0; i < Most; i++) Bring(window, 1);
        // Whatever is asked for comes at once, and is written part by part.
        var waiting = 0;
        for (var i = 0; i < 400; i++)
        {
            for (; waiting < window.Size; waiting++)
            {
                Assert.True(window.EnterAsync(Stop).IsCompletedSuccessfully);
                window.OnReceived();
            }

            window.OnWritten();
            waiting--;
        }

        Assert.InRange(waiting, MostWaiting, MostWaiting + 2);
        Assert.InRange(window.Size, MostWaiting, MostWaiting + 2);
    }

    [Fact]
    public void A_disk_that_pauses_now_and_then_is_no_slow_disk()
    {
        using var window = new PartWindow(Start, Most, MostWaiting);
        for (var i = 0; i < Most; i++) Bring(window, Math.Min(window.Size, Most - 2));
        Assert.Equal(Most, window.Size);
    }

    /// <summary>So many are asked for, come, and are written.</summary>
    private static void Bring(PartWindow window, int count)
    {
        for (var i = 0; i < count; i++) Assert.True(window.EnterAsync(Stop).IsCompletedSuccessfully);
        for (var i = 0; i < count; i++) window.OnReceived();
        for (var i = 0; i < count; i++) window.OnWritten();
    }
}
