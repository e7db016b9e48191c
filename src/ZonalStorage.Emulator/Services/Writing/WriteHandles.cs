using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Google.Cloud.Storage.V2;
using Google.Protobuf;

namespace ZonalStorage.Emulator.Services.Writing;

/// <summary>Opaque write handles: the writer's number, with a keyed digest that ties it to one generation.</summary>
internal static class WriteHandles
{
    private const int NumberLength = 8;

    private static readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    public static BidiWriteHandle Issue(long writer, string bucket, string name, long generation)
    {
        var number = new byte[NumberLength];
        BinaryPrimitives.WriteInt64LittleEndian(number, writer);
        return new BidiWriteHandle
        {
            Handle = ByteString.CopyFrom([.. number, .. Digest(number, bucket, name, generation)]),
        };
    }

    /// <summary>The writer that a handle names, or null for one that this object never issued.</summary>
    public static long? WriterOf(BidiWriteHandle handle, string bucket, string name, long generation)
    {
        var bytes = handle.Handle.Span;
        if (bytes.Length <= NumberLength) return null;
        var number = bytes[..NumberLength].ToArray();
        return bytes[NumberLength..].SequenceEqual(Digest(number, bucket, name, generation))
            ? BinaryPrimitives.ReadInt64LittleEndian(number)
            : null;
    }

    private static byte[] Digest(byte[] number, string bucket, string name, long generation) =>
        HMACSHA256.HashData(_key, (byte[])[.. number, .. Encoding.UTF8.GetBytes($"{bucket}\n{generation}\n{name}")]);
}
