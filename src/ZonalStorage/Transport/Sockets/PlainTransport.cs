using System.Diagnostics;
using System.Net.Sockets;

namespace ZonalStorage.Transport.Sockets;

/// <summary>A socket as it is.</summary>
/// <remarks>
/// The socket is only ever used by blocking calls: one asynchronous call would turn it non-blocking for good, and every
/// later blocking call into an emulated, dearer one.
/// </remarks>
internal sealed class PlainTransport(Socket socket) : IByteTransport
{
    private readonly ReceiveCoalescing _coalescing = new();
    private readonly LowWaterMark _lowWater = new(socket);

    public bool CanSendNow
    {
        get
        {
            try
            {
                return socket.Poll(0, SelectMode.SelectWrite);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return false;
            }
        }
    }

    public int Receive(Span<byte> destination, int certain, long due)
    {
        try
        {
            if (!OperatingSystem.IsLinux()) return socket.Receive(destination, SocketFlags.None);
            _coalescing.Prepare(Math.Min(certain, destination.Length), Math.Min(due, destination.Length));
            _lowWater.Set(_coalescing.WakeAt);
            if (_coalescing.Patience is { } patience && !_lowWater.Wait(patience)) _lowWater.Set(1);
            var count = socket.Receive(destination, SocketFlags.None);
            _coalescing.Received(count, Stopwatch.GetTimestamp());
            return count;
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

        // On Windows that does not wake a blocked receive; closing does, everywhere. The handle counts its users, so that none
        // of them ever has one that belongs to somebody else by then.
        socket.Dispose();
    }

    public void Dispose() => socket.Dispose();

    private static IOException Broken(Exception cause) => new("The connection broke: " + cause.Message, cause);
}
