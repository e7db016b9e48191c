using System.Buffers;
using System.Buffers.Binary;

namespace ZonalStorage.Emulator.Wire;

/// <summary>HTTP/2 frames as bytes (RFC 9113 §4.1).</summary>
internal readonly record struct WireFrame(byte Type, byte Flags, int StreamId, ReadOnlySequence<byte> Payload)
{
    public const int HeaderLength = 9;
    public const byte Data = 0;
    public const byte Headers = 1;
    public const byte Settings = 4;
    public const byte WindowUpdate = 8;
    public const byte Continuation = 9;
    public const byte EndStream = 0x1;
    public const byte EndHeaders = 0x4;
    public const byte Padded = 0x8;

    /// <summary>Takes a whole frame off the front of <paramref name="bytes"/>, if there is one.</summary>
    public static bool TryRead(ref ReadOnlySequence<byte> bytes, out WireFrame frame)
    {
        frame = default;
        if (bytes.Length < HeaderLength) return false;
        Span<byte> header = stackalloc byte[HeaderLength];
        bytes.Slice(0, HeaderLength).CopyTo(header);
        var length = (header[0] << 16) | (header[1] << 8) | header[2];
        if (bytes.Length < HeaderLength + length) return false;
        frame = new WireFrame(
            header[3], header[4], (int)(BinaryPrimitives.ReadUInt32BigEndian(header[5..]) & int.MaxValue),
            bytes.Slice(HeaderLength, length));
        bytes = bytes.Slice(HeaderLength + length);
        return true;
    }

    /// <summary>Appends a frame's header.</summary>
    public static void WriteHeader(IBufferWriter<byte> output, int length, byte type, byte flags, int streamId)
    {
        var header = output.GetSpan(HeaderLength);
        header[0] = (byte)(length >> 16);
        header[1] = (byte)(length >> 8);
        header[2] = (byte)length;
        header[3] = type;
        header[4] = flags;
        BinaryPrimitives.WriteInt32BigEndian(header[5..], streamId);
        output.Advance(HeaderLength);
    }

    /// <summary>Appends the frame as it is.</summary>
    public void WriteTo(IBufferWriter<byte> output)
    {
        WriteHeader(output, (int)Payload.Length, Type, Flags, StreamId);
        foreach (var part in Payload) output.Write(part.Span);
    }

    /// <summary>Appends a SETTINGS frame with one setting.</summary>
    public static void WriteSetting(IBufferWriter<byte> output, ushort id, uint value)
    {
        WriteHeader(output, 6, Settings, 0, 0);
        var setting = output.GetSpan(6);
        BinaryPrimitives.WriteUInt16BigEndian(setting, id);
        BinaryPrimitives.WriteUInt32BigEndian(setting[2..], value);
        output.Advance(6);
    }

    /// <summary>Appends a WINDOW_UPDATE.</summary>
    public static void WriteWindowUpdate(IBufferWriter<byte> output, int streamId, int increment)
    {
        WriteHeader(output, 4, WindowUpdate, 0, streamId);
        BinaryPrimitives.WriteInt32BigEndian(output.GetSpan(4), increment);
        output.Advance(4);
    }
}
