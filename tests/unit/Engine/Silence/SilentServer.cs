using Google.Cloud.Storage.V2;
using ZonalStorage.Tests.Transport;
using ZonalStorage.Transport.Http2;

namespace ZonalStorage.Tests.Engine.Silence;

/// <summary>Where a server falls silent.</summary>
public enum SilenceKind
{
    /// <summary>It takes a connection and does not greet.</summary>
    NoGreeting,

    /// <summary>It greets, takes what comes, and says nothing.</summary>
    AfterConnect,

    /// <summary>It gives no window for what is to be sent.</summary>
    NoWindow,

    /// <summary>It allows no stream.</summary>
    NoStream,

    /// <summary>It says some bytes of an answer, and nothing more.</summary>
    MidAnswer,
}

/// <summary>A server that falls silent in one way: from the start, or when it is told to.</summary>
internal sealed class SilentServer : IAsyncDisposable
{
    private const long Size = 100 << 20;

    private readonly SilenceKind _kind;
    private readonly RawServer _server;
    private volatile bool _isSilent;

    public SilentServer(SilenceKind kind, bool isSilentAtFirst)
    {
        _kind = kind;
        _isSilent = isSilentAtFirst;
        _server = new RawServer(AnswerAsync)
        {
            Greets = !(isSilentAtFirst && kind == SilenceKind.NoGreeting),
            Window = isSilentAtFirst && kind == SilenceKind.NoWindow ? 0 : 1 << 20,
            Streams = isSilentAtFirst && kind == SilenceKind.NoStream ? 0 : 100,
            AnswersPings = !isSilentAtFirst,
        };
    }

    /// <summary>A session whose limits are so short that a test needs not wait.</summary>
    public ZonalSession Open() => _server.Open(o => o with
    {
        CallTimeout = TimeSpan.FromMilliseconds(150),
        StallTimeout = TimeSpan.FromMilliseconds(150),
        ResumeTimeout = TimeSpan.FromMilliseconds(300),
        ConnectTimeout = _kind == SilenceKind.NoGreeting ? TimeSpan.FromMilliseconds(150) : TimeSpan.FromSeconds(10),
        MaximumAttempts = 2,
    });

    /// <summary>Says nothing from here on.</summary>
    public async Task FallSilentAsync()
    {
        _isSilent = true;
        _server.AnswersPings = false;
        if (_kind == SilenceKind.NoWindow) await _server.SetAsync(SettingId.InitialWindowSize, 0);
        if (_kind != SilenceKind.NoStream) return;
        await _server.SetAsync(SettingId.MaxConcurrentStreams, 0);
        await _server.ResetAllAsync();
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task AnswerAsync(RawCall call, byte[] message)
    {
        if (_isSilent)
        {
            if (_kind == SilenceKind.MidAnswer) await call.SendAsync([0x0A, 1, 2], announced: 1000);
            return;
        }

        // Opens what is asked for, and gives none of its bytes.
        if (call.Method != "BidiReadObject" || BidiReadObjectRequest.Parser.ParseFrom(message).ReadObjectSpec is null) return;
        var metadata = MetadataRetryTests.Made("a/name");
        metadata.Size = Size;
        using var content = new MemoryStream();
        var response = new BidiReadObjectResponse { Metadata = metadata };
        Google.Protobuf.MessageExtensions.WriteTo(response, content);
        await call.SendAsync(content.ToArray());
    }
}
