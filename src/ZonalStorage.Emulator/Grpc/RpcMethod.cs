using Google.Protobuf;

namespace ZonalStorage.Emulator.Grpc;

/// <summary>
/// One callable method. <paramref name="FaultKey"/> is its name in the fault vocabulary, null where it has none;
/// <paramref name="RoutingKey"/> is what its routing header has to carry.
/// </summary>
internal sealed record RpcMethod(
    string Service, string Name, string? FaultKey, string? RoutingKey, Func<RpcCall, Task> Handler)
{
    public string Path => $"/{Service}/{Name}";

    public static RpcMethod Unary<TRequest>(
        string service,
        string name,
        string? faultKey,
        string routingKey,
        MessageParser<TRequest> parser,
        Func<RpcCall, TRequest, IMessage> handler)
        where TRequest : class, IMessage<TRequest> =>
        new(service, name, faultKey, routingKey, async call =>
        {
            var request = await call.Requests.ReadAsync(parser, call.Token)
                ?? throw new RpcFailure(StatusCode.Internal, "A unary call needs one request message.");
            await call.DelayAsync();
            var answer = handler(call, request);
            await call.Responses.WriteAsync(answer, call.Token);
        });

    public static RpcMethod Unserved(string service, string name) => new(service, name, null, null, _ =>
        throw new RpcFailure(StatusCode.Unimplemented, $"{name} is not available for zonal buckets here."));
}
