using System.Net.Sockets;

namespace ZonalStorage.Transport.Sockets;

/// <summary>A socket as it is.</summary>
/// <remarks>
/// The socket is only ever used by blocking calls: one asynchronous call would turn it non-blocking for good, and every
/// later blocking call into an emulated, dearer one.
/// </remarks>
internal sealed class PlainTransport(Socket socket) : IByteTransport
{
    public int Receive(Span<byte> destination)
    {
        try
        {
            return socket.Receive(destination, SocketFlags.None);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            throw Broken(e);
        }
    }

    public void Send(ReadOnlySpan<byte> bytes)
    {
        try
        {
            while (!bytes.IsEmpty) bytes = bytes[socket.Send(bytes, SocketFlags.None)..];
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            throw Broken(e);
        }
    }

    public void Abort()
    {
        try
        {
            socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Not connected any more, which is what was wanted.
        }
    }

    public void Dispose() => socket.Dispose();

    private static IOException Broken(Exception cause) => new("The connection broke: " + cause.Message, cause);
}
