using System.Runtime.CompilerServices;
using Xunit;
using ZonalStorage.Transport;
using ZonalStorage.Transport.Grpc;
using ZonalStorage.Transport.Http2;

namespace ZonalStorage.Tests.Transport;

public sealed class ExecutionContextTests
{
    private static readonly AsyncLocal<object?> _local = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_connection_keeps_nothing_of_whoever_came_first()
    {
        using var server = new Http2Server();
        // Two, so that one is made beside the first caller's.
        await using var pool = new ConnectionPool(server.Options with { Connections = 2 });
        var calls = new List<GrpcCall>();
        var (value, wires) = await UseAsync(server, pool, calls);
        foreach (var wire in wires) await wire.SynchronizeAsync(Stop);
        for (var i = 0; i < 20 && value.IsAlive; i++)
        {
            await Task.Yield();
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.False(value.IsAlive, "the first caller's context lives on");
        Assert.All(calls, static c => Assert.False(c.IsClosed));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<(WeakReference Value, List<Http2Wire> Wires)> UseAsync(
        Http2Server server, ConnectionPool pool, List<GrpcCall> calls)
    {
        _local.Value = new object();
        var wires = new List<Http2Wire>();
        for (var i = 0; i < 2; i++)
        {
            calls.Add(new GrpcCall(new RecordingHandler()));
            var opening = pool.OpenStreamAsync(calls[^1], [0x88], Stop).AsTask();
            if (i == 0) wires.Add(await server.AcceptAsync(Stop));
            (await opening).Flush();
        }

        // Made beside the second stream.
        wires.Add(await server.AcceptAsync(Stop));
        calls[0].ProbeConnection();
        var value = new WeakReference(_local.Value);
        _local.Value = null;
        return (value, wires);
    }
}
