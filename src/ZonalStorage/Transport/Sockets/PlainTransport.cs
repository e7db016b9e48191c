using System.Diagnostics;
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

    // In ms; the kernel rounds up to its clock, 4 ms at most.
    private const int GatherTimeout = 1;

    private readonly ReceiveCoalescing _coalescing = new();
    private int _wakeAt = 1;
    private bool _isBounded;

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
            while (true)
            {
                _coalescing.Prepare(Math.Min(certain, destination.Length), Math.Min(due, destination.Length));
                Apply(_coalescing);
                var count = socket.Receive(destination, SocketFlags.None, out var error);
                _coalescing.Received(count, Stopwatch.GetTimestamp());
                if (error == SocketError.Success) return count;
                if (!_isBounded || error != SocketError.TimedOut) throw new SocketException((int)error);
            }
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

    private void Apply(ReceiveCoalescing coalescing)
    {
        if (coalescing.IsBounded != _isBounded)
        {
            _isBounded = coalescing.IsBounded;
            socket.ReceiveTimeout = _isBounded ? GatherTimeout : 0;
        }

        if (coalescing.WakeAt == _wakeAt) return;
        _wakeAt = coalescing.WakeAt;
        socket.SetRawSocketOption(SocketLevel, ReceiveLowWater, MemoryMarshal.AsBytes(new ReadOnlySpan<int>(ref _wakeAt)));
    }

    private static IOException Broken(Exception cause) => new("The connection broke: " + cause.Message, cause);
}
