using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace ZonalStorage.Transport.Sockets;

/// <summary>A socket as it is.</summary>
/// <remarks>
/// The socket is only ever used by blocking calls: one asynchronous call would turn it non-blocking for good, and every
/// later blocking call into an emulated, dearer one.
/// </remarks>
internal sealed class PlainTransport(Socket socket) : IByteTransport
{
    // SOL_SOCKET and SO_RCVLOWAT of Linux.
    private const int SocketLevel = 1;
    private const int ReceiveLowWater = 18;

    // Bytes to gather before waking, where that many are sure to come: a wake-up of an idle virtual processor costs some
    // 40 µs. 64 KiB measured dearer, 256 KiB and more slower (docs/performance.md).
    private const int Gather = 192 << 10;

    private int _wakeAt = 1;

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

    public int Receive(Span<byte> destination, int certain)
    {
        try
        {
            WakeAt(Math.Min(certain, destination.Length));
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

    /// <summary>Has the kernel wake this thread when some of the bytes that are sure to come have gathered.</summary>
    /// <remarks>
    /// A receive that has taken what was there waits until as many again have come, hence the factor of two: with less the
    /// rest of a frame might be too little to wake for, and the receive would hang.
    /// </remarks>
    private void WakeAt(int certain)
    {
        if (!OperatingSystem.IsLinux()) return;
        var wakeAt = certain >= 2 * Gather ? Gather : certain >= Gather ? Gather / 2 : 1;
        if (wakeAt == _wakeAt) return;
        _wakeAt = wakeAt;
        socket.SetRawSocketOption(SocketLevel, ReceiveLowWater, MemoryMarshal.AsBytes(new ReadOnlySpan<int>(ref _wakeAt)));
    }

    private static IOException Broken(Exception cause) => new("The connection broke: " + cause.Message, cause);
}
