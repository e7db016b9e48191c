using System.Collections.Frozen;
using ZonalStorage.Emulator.Admin;
using ZonalStorage.Emulator.Faults;
using ZonalStorage.Emulator.Hosting;

namespace ZonalStorage.Emulator.Grpc;

/// <summary>
/// Takes every request of the data port: finds its method, checks token and routing header, attaches its fault, runs
/// it and writes its status. Nothing thrown below gets past it.
/// </summary>
internal sealed partial class RpcDispatcher(
    IEnumerable<RpcMethod> methods,
    EmulatorOptions options,
    FaultScripts faults,
    Statistics statistics,
    IHostApplicationLifetime lifetime,
    ILogger<RpcDispatcher> logger)
{
    private readonly ILogger _logger = logger;
    private readonly FrozenDictionary<string, RpcMethod> _methods =
        methods.ToFrozenDictionary(m => m.Path, StringComparer.Ordinal);

    public async Task InvokeAsync(HttpContext http)
    {
        var request = http.Request;
        if (request.ContentType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) != true)
        {
            http.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
            return;
        }

        http.Response.ContentType = "application/grpc";
        using var deadline = Deadline.Start(
            request.Headers["grpc-timeout"], http.RequestAborted, lifetime.ApplicationStopping);
        try
        {
            await RunAsync(http, deadline.Token);
            StatusTrailers.WriteOk(http.Response);
        }
        catch (RpcFailure failure)
        {
            StatusTrailers.Write(http.Response, failure);
        }
        catch (CallBroken)
        {
            // A fault did it.
        }
        catch (Exception) when (http.RequestAborted.IsCancellationRequested)
        {
            // The client left or the stream was reset: nobody is there to read a status.
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            StatusTrailers.Write(http.Response, new RpcFailure(StatusCode.Unavailable, "The emulator is going down."));
        }
        catch (OperationCanceledException) when (deadline.Token.IsCancellationRequested)
        {
            StatusTrailers.Write(http.Response, new RpcFailure(StatusCode.DeadlineExceeded, "Deadline Exceeded"));
        }
#pragma warning disable CA1031 // A bug in one call must not take the process, and the client must learn of it.
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogCrash(request.Path, e);
            StatusTrailers.Write(http.Response, new RpcFailure(StatusCode.Internal, e.Message));
        }
    }

    private async Task RunAsync(HttpContext http, CancellationToken token)
    {
        var path = http.Request.Path.Value ?? "";
        if (!_methods.TryGetValue(path, out var method))
        {
            throw new RpcFailure(StatusCode.Unimplemented, $"Method {path} is not known here.");
        }

        statistics.Count(method.Name);
        RequireToken(http.Request);
        var call = new RpcCall(http, method, options, token);
        if (method.RoutingKey is { } key && string.IsNullOrEmpty(call.Params[key]))
        {
            throw RpcFailure.Invalid($"The x-goog-request-params header must carry {key}= for {method.Name}.");
        }

        call.Fault = faults.Next(http.Request.Headers["x-retry-test-id"], method, call);
        await call.Fault.OnCallAsync(call);
        await method.Handler(call);
    }

    private void RequireToken(HttpRequest request)
    {
        if (options.RequiredToken is not { } token) return;
        if (!string.Equals(request.Headers.Authorization, "Bearer " + token, StringComparison.Ordinal))
        {
            throw new RpcFailure(
                StatusCode.Unauthenticated,
                "Request had invalid authentication credentials. Expected the token given by --require-token.");
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Path} failed inside the emulator")]
    private partial void LogCrash(string path, Exception e);
}
