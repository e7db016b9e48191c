using System.Buffers.Binary;
using System.Net.Sockets;
using ZonalStorage.Transport.Http2;

namespace ZonalStorage.Tests.Transport;

/// <summary>A server's socket on which frames are written and read by hand.</summary>
internal sealed class Http2Wire(Socket socket) : IDisposable
{
    private const int Preface = 24;

    private bool _hasPreface;

    /// <summary>Sends one frame.</summary>
    public Task SendAsync(FrameType type, FrameFlags flags, int stream, byte[] payload, CancellationToken stop) =>
        SendRawAsync([.. Frame(type, flags, stream, payload.Length), .. payload], stop);

    /// <summary>Sends bytes that are frames, or parts of such, already.</summary>
    public async Task SendRawAsync(byte[] bytes, CancellationToken stop)
    {
        for (var sent = 0; sent < bytes.Length;) sent += await socket.SendAsync(bytes.AsMemory(sent), stop);
    }

    /// <summary>Greets with settings, and opens the connection's window as far as it goes.</summary>
    public async Task GreetAsync(CancellationToken stop, params (SettingId Id, uint Value)[] settings)
    {
        await SendSettingsAsync(stop, settings);
        await SendAsync(FrameType.WindowUpdate, FrameFlags.None, 0, Number(0x7FFF_0000), stop);
    }

    /// <summary>Sends settings.</summary>
    public Task SendSettingsAsync(CancellationToken stop, params (SettingId Id, uint Value)[] settings) => SendAsync(
        FrameType.Settings, FrameFlags.None, 0,
        [.. settings.SelectMany(static s => (byte[])[0, (byte)s.Id, .. Number(s.Value)])], stop);

    /// <summary>Sends ":status: 200, content-type: application/grpc" on a stream.</summary>
    public Task SendHeadersAsync(int stream, CancellationToken stop) => SendAsync(
        FrameType.Headers, FrameFlags.EndHeaders, stream,
        [0x88, 0x0F, 0x10, 16, .. "application/grpc"u8], stop);

    /// <summary>Sends "grpc-status: 0" and ends a stream.</summary>
    public Task SendTrailersAsync(int stream, CancellationToken stop) => SendAsync(
        FrameType.Headers, FrameFlags.EndHeaders | FrameFlags.EndStream, stream,
        [0x00, 11, .. "grpc-status"u8, 1, .. "0"u8], stop);

    /// <summary>A PING whose answer tells that our side has dealt with everything before it; frames until then are skipped.</summary>
    public async Task SynchronizeAsync(CancellationToken stop)
    {
        await SendAsync(FrameType.Ping, FrameFlags.None, 0, [.. "in step!"u8], stop);
        await ReadUntilAsync(static f => f is { Type: FrameType.Ping, Flags: FrameFlags.Ack }, stop);
    }

    /// <summary>The next PING of our side that is no answer.</summary>
    public async Task<byte[]> ReadPingAsync(CancellationToken stop) =>
        (await ReadUntilAsync(static f => f is { Type: FrameType.Ping, Flags: FrameFlags.None }, stop)).Payload;

    /// <summary>Reads one frame.</summary>
    public async Task<(FrameHeader Header, byte[] Payload)> ReadFrameAsync(CancellationToken stop)
    {
        if (!_hasPreface) await ReadAsync(Preface, stop);
        _hasPreface = true;
        var header = FrameHeader.Read(await ReadAsync(FrameHeader.Size, stop));
        return (header, await ReadAsync(header.Length, stop));
    }

    /// <summary>Reads frames up to the one that is looked for.</summary>
    public async Task<(FrameHeader Header, byte[] Payload)> ReadUntilAsync(
        Func<FrameHeader, bool> isIt, CancellationToken stop)
    {
        while (true)
        {
            var frame = await ReadFrameAsync(stop);
            if (isIt(frame.Header)) return frame;
        }
    }

    /// <summary>Reads frames of streams until there are so many; others are skipped.</summary>
    public async Task<List<(FrameType Type, FrameFlags Flags, int Stream)>> ReadFramesAsync(int count, CancellationToken stop)
    {
        var frames = new List<(FrameType, FrameFlags, int)>();
        while (frames.Count < count)
        {
            var (header, _) = await ReadFrameAsync(stop);
            if (header.StreamId != 0) frames.Add((header.Type, header.Flags, header.StreamId));
        }

        return frames;
    }

    public void Dispose() => socket.Dispose();

    /// <summary>A frame's header alone.</summary>
    public static byte[] Frame(FrameType type, FrameFlags flags, int stream, int length)
    {
        var bytes = new byte[FrameHeader.Size];
        new FrameHeader(length, type, flags, stream).Write(bytes);
        return bytes;
    }

    /// <summary>A number as frames have it.</summary>
    public static byte[] Number(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }

    private async Task<byte[]> ReadAsync(int count, CancellationToken stop)
    {
        var bytes = new byte[count];
        for (var filled = 0; filled < count;)
        {
            var received = await socket.ReceiveAsync(bytes.AsMemory(filled), stop);
            if (received == 0) throw new EndOfStreamException();
            filled += received;
        }

        return bytes;
    }
}
