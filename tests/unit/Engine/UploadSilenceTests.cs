using Google.Cloud.Storage.V2;
using Xunit;
using ZonalStorage.Tests.Transport;
using ZonalStorage.Transport.Http2;

namespace ZonalStorage.Tests.Engine;

/// <summary>An upload waits for a service that goes on, however slowly, and not for one that does not; by a clock of the test.</summary>
public sealed class UploadSilenceTests
{
    private static readonly ZonalUri _uri = new("zonal-bucket", "a/name");

    // A look at the progress; four without any are a stall.
    private static readonly TimeSpan _look = TimeSpan.FromSeconds(15) / 4;

    private readonly SteppedTime _time = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_service_that_takes_nothing_more_is_given_up()
    {
        await using var server = new RawServer(static (_, _) => Task.CompletedTask) { Window = 1000 };
        await using var session = server.Open(o => o with { Time = _time });
        var upload = session.UploadAsync(_uri, new MemoryStream(new byte[5000]), cancellationToken: Stop);
        // The first look sees what has left by then, which the second may still take for progress.
        for (var look = 1; !upload.IsCompleted && look <= 6; look++) await LookAsync(server, look, upload);
        var error = await Assert.ThrowsAsync<ZonalException>(() => upload.WaitAsync(Stop));
        Assert.Equal(ZonalErrorIds.DeadlineExceeded, error.ErrorId);
        Assert.Contains("has taken no byte", error.Message, StringComparison.Ordinal);
        Assert.Contains("StallTimeout", error.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_service_that_takes_a_little_at_a_time_is_waited_for()
    {
        var size = 3000;
        var answer = MetadataRetryTests.Made("a/name");
        answer.Size = size;
        await using var server = new RawServer((c, m) => BidiWriteObjectRequest.Parser.ParseFrom(m).FinishWrite
            ? c.AnswerAsync(new BidiWriteObjectResponse { Resource = answer })
            : Task.CompletedTask)
        { Window = 100 };
        await using var session = server.Open(o => o with { Time = _time });
        var upload = session.UploadAsync(_uri, new MemoryStream(new byte[size]), cancellationToken: Stop);
        // A hundred bytes more between two looks, some thirty times: far more than the limit in all.
        for (var look = 1; look <= 40 && !upload.IsCompleted; look++)
        {
            await Task.WhenAny(upload, server.WaitForContentAsync(100 * look, Stop));
            await LookAsync(server, look, upload);
            await server.SetAsync(SettingId.InitialWindowSize, 100 * (look + 1));
        }

        Assert.Equal(size, (await upload).Size);
    }

    [Fact]
    public async Task A_service_that_does_not_confirm_is_given_up()
    {
        await using var server = new RawServer(static (_, _) => Task.CompletedTask);
        await using var session = server.Open(o => o with { Time = _time });
        var upload = session.UploadAsync(_uri, new MemoryStream(new byte[5000]), cancellationToken: Stop);
        for (var look = 1; look <= 6 && !upload.IsCompleted; look++)
        {
            await Task.WhenAny(upload, _time.WaitForTimerAsync(static t => t == TimeSpan.FromSeconds(5), Stop, look));
            _time.Advance(TimeSpan.FromSeconds(5));
            await server.InStepAsync(Stop);
        }

        var error = await Assert.ThrowsAsync<ZonalException>(() => upload.WaitAsync(Stop));
        Assert.Equal(ZonalErrorIds.DeadlineExceeded, error.ErrorId);
        Assert.Contains("did not confirm", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_without_a_free_stream_lets_no_upload_begin()
    {
        await using var server = new RawServer(static (_, _) => Task.CompletedTask) { Streams = 0 };
        await using var session = server.Open(o => o with { Time = _time });
        var upload = session.UploadAsync(_uri, new MemoryStream(new byte[10]), cancellationToken: Stop);
        await _time.PassAsync(TimeSpan.FromSeconds(20), Stop);
        Assert.Contains("could not begin", (await Assert.ThrowsAsync<ZonalException>(() => upload)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_that_is_closed_ends_its_uploads_so()
    {
        await using var server = new RawServer(static (_, _) => Task.CompletedTask) { Window = 1000 };
        var session = server.Open();
        var upload = session.UploadAsync(_uri, new MemoryStream(new byte[5000]), cancellationToken: Stop);
        await server.FirstCall.WaitAsync(Stop);
        await session.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => upload);
    }

    private async Task LookAsync(RawServer server, int look, Task upload)
    {
        await Task.WhenAny(upload, _time.WaitForTimerAsync(static t => t == _look, Stop, look));
        if (!upload.IsCompleted) _time.Advance(_look);
        await server.InStepAsync(Stop);
    }
}
