using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace ZonalStorage.Transport.Sockets;

/// <summary>How many bytes a blocking receive, or a wait for one, sleeps for (<c>SO_RCVLOWAT</c>).</summary>
/// <remarks>Linux only: elsewhere the option is refused, or not heeded by a wait. Of the receive thread.</remarks>
internal sealed partial class LowWaterMark(Socket socket)
{
    // SOL_SOCKET and SO_RCVLOWAT of Linux.
    private const int SocketLevel = 1;
    private const int ReceiveLowWater = 18;

    private const short PollIn = 1;

    private int _value = 1;

    /// <summary>Sets it; nothing is asked of the system where it is so already.</summary>
    public void Set(int bytes)
    {
        if (bytes == _value) return;
        _value = bytes;
        socket.SetRawSocketOption(SocketLevel, ReceiveLowWater, MemoryMarshal.AsBytes(new ReadOnlySpan<int>(ref _value)));
    }

    /// <summary>Waits until as many bytes as were set are there, or the end, but no longer than <paramref name="patience"/>.</summary>
    /// <remarks>Not by SO_RCVTIMEO, which the kernel rounds up to its own clock of 4 ms.</remarks>
    /// <returns>False if that passed.</returns>
    public bool Wait(TimeSpan patience)
    {
        var handle = socket.SafeHandle;
        var isHeld = false;
        try
        {
            handle.DangerousAddRef(ref isHeld);
            var descriptor = new PollDescriptor { File = (int)handle.DangerousGetHandle(), Events = PollIn };
            var time = new KernelTime { Nanoseconds = (nint)Math.Min(patience.TotalNanoseconds, 999_999_999) };
            // Interrupted or refused is as good as too late.
            return PollOne(ref descriptor, 1, time, 0) > 0;
        }
        finally
        {
            if (isHeld) handle.DangerousRelease();
        }
    }

    [LibraryImport("libc", EntryPoint = "ppoll")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int PollOne(ref PollDescriptor descriptor, nuint count, in KernelTime timeout, nint signals);

    // struct pollfd
    [StructLayout(LayoutKind.Sequential)]
    private struct PollDescriptor
    {
        public int File;
        public short Events;
        public short Occurred;
    }

    // struct timespec
    [StructLayout(LayoutKind.Sequential)]
    private struct KernelTime
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
