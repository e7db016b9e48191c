using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace ZonalStorage.Emulator.Hosting;

/// <summary>
/// Makes the listening sockets. On Linux they use the cubic congestion control, which accepted sockets inherit: bbr,
/// the default of many machines, paces loopback traffic and halves one connection's throughput.
/// </summary>
internal static class LoopbackSockets
{
    private const int IpProtocolTcp = 6;
    private const int TcpCongestion = 13;

    public static Socket Listen(EndPoint endpoint)
    {
        var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
        if (OperatingSystem.IsLinux())
        {
            try
            {
                socket.SetRawSocketOption(IpProtocolTcp, TcpCongestion, "cubic"u8);
            }
            catch (SocketException)
            {
                // A kernel without it serves as it is.
            }
        }

        return socket;
    }
}
