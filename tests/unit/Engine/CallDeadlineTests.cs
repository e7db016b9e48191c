using Xunit;
using ZonalStorage.Tests.Transport;

namespace ZonalStorage.Tests.Engine;

/// <summary>One limit round the whole of a call, by a clock that only the test moves.</summary>
public sealed class CallDeadlineTests
{
    private static readonly ZonalUri _uri = new("zonal-bucket", "a/name");
    private static readonly TimeSpan _callTimeout = TimeSpan.FromSeconds(20);

    private readonly SteppedTime _time = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_server_without_a_window_for_the_request()
    {
        await using var server = new RawServer(Silent) { Window = 0 };
        await ExpectAsync(server, "room for the request");
    }

    [Fact]
    public async Task A_server_without_a_free_stream()
    {
        await using var server = new RawServer(Silent) { Streams = 0 };
        await ExpectAsync(server, "connection with a free stream");
    }

    [Fact]
    public async Task A_server_without_an_answer()
    {
        var asked = new TaskCompletionSource();
        await using var server = new RawServer((_, _) =>
        {
            asked.TrySetResult();
            return Task.CompletedTask;
        });
        await ExpectAsync(server, "answer", asked.Task);
    }

    [Fact]
    public async Task A_server_that_breaks_off_in_mid_answer()
    {
        var asked = new TaskCompletionSource();
        await using var server = new RawServer(async (c, _) =>
        {
            await c.SendAsync([1, 2, 3], announced: 100);
            asked.TrySetResult();
        });
        await ExpectAsync(server, "answer", asked.Task);
    }

    [Fact]
    public async Task A_credential_that_does_not_look_at_its_token_of_cancellation()
    {
        await using var session = ZonalSession.Create(new ZonalSessionOptions
        {
            Endpoint = new Uri("https://127.0.0.1:1"), Credential = new DeafCredential(), Time = _time, MaximumAttempts = 1,
        });
        var call = session.GetObjectInfoAsync(_uri, Stop);
        await _time.PassAsync(_callTimeout, Stop);
        var error = await Assert.ThrowsAsync<ZonalException>(() => call);
        Assert.Equal(ZonalErrorIds.DeadlineExceeded, error.ErrorId);
        Assert.Contains("no token within 20 s", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_attempts_together_have_the_limit_of_all()
    {
        await using var server = new RawServer(Silent) { Streams = 0 };
        await using var session = server.Open(o => o with { Time = _time, ResumeTimeout = TimeSpan.FromSeconds(30) });
        var call = session.GetObjectInfoAsync(_uri, Stop);
        await _time.PassAsync(_callTimeout, Stop);
        // A pause of up to 100 ms, then what is left of the 30 s, which is less than a whole attempt's time.
        await _time.WaitForTimerAsync(static t => t > TimeSpan.Zero && t <= TimeSpan.FromMilliseconds(100), Stop);
        _time.Advance(TimeSpan.FromMilliseconds(100));
        await _time.WaitForTimerAsync(static t => t > TimeSpan.FromSeconds(9) && t < TimeSpan.FromSeconds(10), Stop);
        _time.Advance(TimeSpan.FromSeconds(10));
        var error = await Assert.ThrowsAsync<ZonalException>(() => call);
        Assert.Equal(ZonalErrorIds.DeadlineExceeded, error.ErrorId);
        Assert.Contains("2 attempts in 30.1 s", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_look_up_that_explains_an_error_has_one_calls_time_in_all()
    {
        var asked = new TaskCompletionSource();
        await using var server = new RawServer((c, _) =>
        {
            if (c.Method == "GetObject") return c.EndAsync(ZonalStatusCode.NotFound, "no such object");
            asked.TrySetResult();
            return Task.CompletedTask;
        });
        await using var session = server.Open(o => o with { Time = _time });
        var call = session.GetObjectInfoAsync(_uri, Stop);
        await asked.Task.WaitAsync(Stop);
        await _time.PassAsync(_callTimeout, Stop, count: 2);
        Assert.Equal(ZonalErrorIds.ObjectNotFound, (await Assert.ThrowsAsync<ZonalException>(() => call)).ErrorId);
    }

    [Fact]
    public async Task Whoever_wants_no_more_is_told_so_and_not_that_it_took_too_long()
    {
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        await using var server = new RawServer(Silent) { Streams = 0 };
        await using var session = server.Open(o => o with { Time = _time });
        var call = session.GetObjectInfoAsync(_uri, cancel.Token);
        await _time.WaitForTimerAsync(static t => t == _callTimeout, Stop);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }

    [Fact]
    public async Task A_connection_on_which_a_call_got_no_answer_and_that_is_dead_is_replaced_for_the_next()
    {
        var first = true;
        var asked = new TaskCompletionSource();
        await using var server = new RawServer((c, _) =>
        {
            if (!first) return c.AnswerAsync(MetadataRetryTests.Made("a/name"));
            first = false;
            asked.TrySetResult();
            return Task.CompletedTask;
        })
        { AnswersPings = false };
        await using var session = server.Open(o => o with { Time = _time, MaximumAttempts = 2 });
        var call = session.GetObjectInfoAsync(_uri, Stop);
        await asked.Task.WaitAsync(Stop);
        await _time.PassAsync(_callTimeout, Stop);
        // The pause before the second attempt, which finds the first connection under suspicion.
        await _time.WaitForTimerAsync(static t => t > TimeSpan.Zero && t <= TimeSpan.FromMilliseconds(100), Stop);
        _time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Equal(5, (await call).Size);
        Assert.Equal(2, server.Accepted);
    }

    private static Task Silent(RawCall call, byte[] message) => Task.CompletedTask;

    private async Task ExpectAsync(RawServer server, string lacking, Task? stage = null)
    {
        await using var session = server.Open(o => o with { Time = _time, MaximumAttempts = 1 });
        var call = session.GetObjectInfoAsync(_uri, Stop);
        if (stage is not null) await stage.WaitAsync(Stop);
        else if (lacking.StartsWith("room", StringComparison.Ordinal)) await server.FirstCall.WaitAsync(Stop);
        await _time.PassAsync(_callTimeout, Stop);
        var error = await Assert.ThrowsAsync<ZonalException>(() => call);
        Assert.Equal((ZonalErrorIds.DeadlineExceeded, ZonalStatusCode.DeadlineExceeded), (error.ErrorId, error.Code));
        Assert.Contains($"no {lacking}", error.Message, StringComparison.Ordinal);
        Assert.Contains("within 20 s", error.Message, StringComparison.Ordinal);
    }

    private sealed class DeafCredential : ZonalCredential
    {
        public override string Description => "deaf";

        public override ValueTask<string> GetAccessTokenAsync(bool refresh, CancellationToken cancellationToken) =>
            new(new TaskCompletionSource<string>().Task);
    }
}
