using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using ZonalStorage.Emulator.Faults;
using ZonalStorage.Emulator.Hosting;
using ZonalStorage.Emulator.Shaping;
using ZonalStorage.Emulator.Wire;

namespace ZonalStorage.Emulator.Grpc;

/// <summary>One call in progress: its messages both ways, its headers, its fault and the means to break it.</summary>
internal sealed class RpcCall(HttpContext http, RpcMethod method, EmulatorOptions options, CancellationToken token)
{
    public RpcMethod Method { get; } = method;

    public EmulatorOptions Options { get; } = options;

    /// <summary>Cancelled when the client goes away or its deadline passes.</summary>
    public CancellationToken Token { get; } = token;

    public RequestParams Params { get; } = new(http.Request.Headers["x-goog-request-params"]);

    public MessageReader Requests { get; } = new(http.Request.BodyReader);

    public MessageWriter Responses { get; } = new(
        http.Response,
        Pacer.For(options.BandwidthPerStream),
        http.Features.Get<DataConnection>()?.Pacer);

    public Fault Fault { get; set; } = Fault.None;

    /// <summary>The connection's frames.</summary>
    public SpoiledWire Wire => http.Features.Get<DataConnection>()?.Wire ?? throw new RpcFailure(
        StatusCode.FailedPrecondition,
        "The connection was made before the script with faults of frames; make the script first.");

    /// <summary>The bucket's short name, checked against the routing header as the service's router does.</summary>
    public string BucketOf(string resourceName)
    {
        var bucket = BucketNames.Parse(resourceName);
        var routed = Params["bucket"];
        if (routed is null || !string.Equals(BucketNames.ParseOrNull(routed), bucket, StringComparison.Ordinal))
        {
            throw RpcFailure.Invalid(
                $"x-goog-request-params routes to '{routed}', but the request is for '{resourceName}'.");
        }

        return bucket;
    }

    public ValueTask DelayAsync() => Options.DelayMicroseconds > 0
        ? PreciseDelay.UntilAsync(PreciseDelay.After(Options.DelayMicroseconds), Token)
        : ValueTask.CompletedTask;

    /// <summary>Adds fields of no meaning, about so many bytes of them.</summary>
    public void AddFiller(long size, bool asTrailers)
    {
        const int FieldLength = 4 << 10;
        for (var i = 0; size > 0; i++, size -= FieldLength)
        {
            var (name, value) = ($"x-filler-{i}", new string((char)('a' + (i % 26)), (int)Math.Min(size, FieldLength)));
            if (asTrailers) http.Response.AppendTrailer(name, value);
            else http.Response.Headers[name] = value;
        }
    }

    public void ResetStream(int errorCode) => http.Features.GetRequiredFeature<IHttpResetFeature>().Reset(errorCode);

    public void DropConnection() => http.Features.Get<DataConnection>()?.Drop();

    public void SendGoAway() =>
        http.Features.GetRequiredFeature<IConnectionLifetimeNotificationFeature>().RequestClose();
}
