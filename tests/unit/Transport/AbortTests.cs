using System.Net;
using System.Net.Sockets;
using Xunit;
using ZonalStorage.Transport.Sockets;

namespace ZonalStorage.Tests.Transport;

public sealed class AbortTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    // Shutting down wakes a receive on Linux only: what wakes it everywhere is that the socket is closed.
    [Fact]
    public async Task Aborting_closes_the_socket_and_wakes_whoever_receives()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var server = new TcpClient();
        var connecting = server.ConnectAsync((IPEndPoint)listener.LocalEndpoint, Stop);
        var socket = await listener.AcceptSocketAsync(Stop);
        await connecting;
        var handle = socket.SafeHandle;
        using var transport = new PlainTransport(socket);
        var receiving = Task.Factory.StartNew(
            () =>
            {
                try
                {
                    return transport.Receive(new byte[10], certain: 1, due: 0);
                }
                catch (IOException)
                {
                    return -1;
                }
            },
            Stop, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        transport.Abort();
        Assert.True(handle.IsClosed);
        Assert.True(await receiving.WaitAsync(TimeSpan.FromSeconds(20), Stop) <= 0);
        transport.Abort();
    }
}
