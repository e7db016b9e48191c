using System.Diagnostics;
using ZonalStorage.Conformance.Hosts;

namespace ZonalStorage.Conformance.Engine;

/// <summary>Failures that nothing can mend: one clear error, of the right class, in time.</summary>
public sealed class ErrorTests(PeerServers servers)
{
    [Theory(Timeout = Content.Patience)]
    [InlineData("fail=NOT_FOUND", "ObjectNotFound", ZonalStatusCode.NotFound)]
    [InlineData("late-fail=NOT_FOUND", "ObjectNotFound", ZonalStatusCode.NotFound)]
    [InlineData("fail=PERMISSION_DENIED", "PermissionDenied", ZonalStatusCode.PermissionDenied)]
    [InlineData("late-fail=PERMISSION_DENIED", "PermissionDenied", ZonalStatusCode.PermissionDenied)]
    [InlineData("fail=UNAUTHENTICATED", "Unauthenticated", ZonalStatusCode.Unauthenticated)]
    [InlineData("fail=FAILED_PRECONDITION", "FailedPrecondition", ZonalStatusCode.FailedPrecondition)]
    [InlineData("fail=INVALID_ARGUMENT", "InvalidArgument", ZonalStatusCode.InvalidArgument)]
    [InlineData("fail=DATA_LOSS", "DataLoss", ZonalStatusCode.DataLoss)]
    [InlineData("fail=UNIMPLEMENTED", "NotSupportedByServer", ZonalStatusCode.Unimplemented)]
    [InlineData("fail=ALREADY_EXISTS", "AlreadyExists", ZonalStatusCode.AlreadyExists)]
    [InlineData("break=PERMISSION_DENIED@1m", "PermissionDenied", ZonalStatusCode.PermissionDenied)]
    [InlineData("break=DATA_LOSS@1m", "DataLoss", ZonalStatusCode.DataLoss)]
    [InlineData("redirect=token", "TooManyRedirects", ZonalStatusCode.Aborted)]
    [InlineData("redirect=handle", "TooManyRedirects", ZonalStatusCode.Aborted)]
    [InlineData("wrong=crc@1m", "ChecksumMismatch", ZonalStatusCode.DataLoss)]
    [InlineData("wrong=byte@1m", "ChecksumMismatch", ZonalStatusCode.DataLoss)]
    [InlineData("wrong=gap@1m", "WrongBytes", ZonalStatusCode.DataLoss)]
    [InlineData("wrong=short@1m", "WrongBytes", ZonalStatusCode.DataLoss)]
    [InlineData("wrong=long@1m", "WrongBytes", ZonalStatusCode.DataLoss)]
    public async Task Read_fails_with(string script, string errorId, ZonalStatusCode code)
    {
        var server = await servers.PlainAsync;
        await using var session = ZonalSession.Create(server.Options);
        var uri = PeerServer.Synthetic("4m", script);
        var error = await Assert.ThrowsAsync<ZonalException>(() => session.ReadAsync(uri));
        Assert.Equal(errorId, error.ErrorId);
        Assert.Equal(code, error.Code);
        Assert.Contains(uri.Name, error.Target, StringComparison.Ordinal);
        await server.CleanJournalAsync(uri);
    }

    [Theory(Timeout = Content.Patience)]
    [InlineData("4m", "wrong=crc@1m", 2)]
    [InlineData("4m", "wrong=byte@3m", 2)]
    [InlineData("16m", "wrong=crc@9m", 1)]
    public async Task Damage_found_by_copy_workers_is_told_at_once(string size, string script, int workers)
    {
        var server = await servers.PlainAsync;
        // A stall would be mended only after the test's time: nothing may wait for that.
        var options = server.Options with
        {
            CopyWorkers = workers,
            MinimumPartSize = 1 << 20,
            StallTimeout = TimeSpan.FromMinutes(5),
            CallTimeout = TimeSpan.FromMinutes(5),
        };
        await using var session = ZonalSession.Create(options);
        for (var i = 0; i < 100; i++)
        {
            var uri = PeerServer.Synthetic(size, script);
            var error = await Assert.ThrowsAsync<ZonalException>(() => session.ReadAsync(uri));
            Assert.Equal("ChecksumMismatch", error.ErrorId);
            await server.CleanJournalAsync(uri);
        }
    }

    [Theory(Timeout = Content.Patience)]
    [InlineData("fail=UNAVAILABLE", ZonalStatusCode.Unavailable)]
    [InlineData("fail=INTERNAL", ZonalStatusCode.Internal)]
    [InlineData("break=UNAVAILABLE@0", ZonalStatusCode.Unavailable)]
    [InlineData("break=RESET@0", ZonalStatusCode.Internal)]
    [InlineData("break=OK@0", ZonalStatusCode.Unavailable)]
    public async Task Retries_end(string script, ZonalStatusCode code)
    {
        var server = await servers.PlainAsync;
        await using var session = ZonalSession.Create(server.Options with { MaximumAttempts = 3 });
        var uri = PeerServer.Synthetic("4m", script);
        var error = await Assert.ThrowsAsync<ZonalException>(() => session.ReadAsync(uri));
        Assert.Equal(code, error.Code);
        Assert.Contains("Gave up", error.Message, StringComparison.Ordinal);
        var journal = await server.CleanJournalAsync(uri);
        Assert.InRange(journal.Streams.Count, 3, 12);
    }

    [Fact(Timeout = Content.Patience)]
    public async Task A_silent_server_is_given_up_in_the_time_allowed()
    {
        var server = await servers.PlainAsync;
        await using var session = ZonalSession.Create(Impatient(server));
        var watch = Stopwatch.StartNew();
        var error = await Assert.ThrowsAsync<ZonalException>(
            () => session.ReadAsync(PeerServer.Synthetic("4m", "break=STALL@0")));
        Assert.InRange(watch.Elapsed, TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(12));
        Assert.True(error.Code is ZonalStatusCode.DeadlineExceeded or ZonalStatusCode.Unavailable, error.ToString());
    }

    [Fact(Timeout = Content.Patience)]
    public async Task A_stream_that_falls_silent_is_replaced()
    {
        var server = await servers.PlainAsync;
        await using var session = ZonalSession.Create(Impatient(server));
        var uri = PeerServer.Synthetic("4m", "break=STALL@1m");
        Content.IsRight(0, 4 << 20, await session.ReadAsync(uri));
        Assert.True((await server.CleanJournalAsync(uri)).Streams.Count > 1);
    }

    [Fact(Timeout = Content.Patience)]
    public async Task Cancellation_is_prompt_and_reaches_the_server()
    {
        var server = await servers.PlainAsync;
        await using var session = ZonalSession.Create(server.Options);
        using var cancellation = new CancellationTokenSource();
        var reading = session.ReadAsync(
            PeerServer.Synthetic("8m", "break=STALL@1m"), cancellationToken: cancellation.Token);
        await Task.Delay(300);
        Assert.False(reading.IsCompleted);
        var watch = Stopwatch.StartNew();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        // 100 ms is promised; the bound allows for a busy machine.
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }

    [Fact(Timeout = Content.Patience)]
    public async Task Disposing_the_session_ends_its_reads()
    {
        var server = await servers.PlainAsync;
        var session = ZonalSession.Create(server.Options);
        var reading = session.ReadAsync(PeerServer.Synthetic("8m", "break=STALL@1m"));
        await Task.Delay(300);
        await session.DisposeAsync();
        await Assert.ThrowsAnyAsync<ObjectDisposedException>(() => reading);
    }

    [Fact(Timeout = Content.Patience)]
    public async Task A_generation_that_is_gone_is_not_found()
    {
        var server = await servers.PlainAsync;
        await using var session = ZonalSession.Create(server.Options);
        var uri = PeerServer.Synthetic("1000").WithGeneration(12345);
        var error = await Assert.ThrowsAsync<ZonalException>(() => session.ReadAsync(uri));
        Assert.Equal("ObjectNotFound", error.ErrorId);
        Assert.All((await server.CleanJournalAsync(uri)).Streams, stream => Assert.Equal(12345, stream.Generation));
    }

    private static ZonalSessionOptions Impatient(PeerServer server) =>
        server.Options with { ResumeTimeout = TimeSpan.FromSeconds(2), StallTimeout = TimeSpan.FromSeconds(0.5) };
}
