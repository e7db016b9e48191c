using System.Security.Cryptography;
using System.Text;
using Google.Cloud.Storage.V2;
using Google.Protobuf;

namespace ZonalStorage.Emulator.Services.Reading;

/// <summary>
/// Opaque read handles: a serial number and a keyed digest that ties them to one generation of one object and to this
/// process, so that a handle of another object or an earlier run is not honoured.
/// </summary>
internal static class ReadHandles
{
    private const int SerialLength = 8;

    private static readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private static long _serial;

    public static BidiReadHandle Issue(string bucket, string name, long generation)
    {
        var serial = BitConverter.GetBytes(Interlocked.Increment(ref _serial));
        return new BidiReadHandle
        {
            Handle = ByteString.CopyFrom([.. serial, .. Digest(serial, bucket, name, generation)]),
        };
    }

    public static bool IsValid(BidiReadHandle handle, string bucket, string name, long generation)
    {
        var bytes = handle.Handle.Span;
        return bytes.Length > SerialLength
            && bytes[SerialLength..].SequenceEqual(
                Digest(bytes[..SerialLength].ToArray(), bucket, name, generation));
    }

    private static byte[] Digest(byte[] serial, string bucket, string name, long generation) =>
        HMACSHA256.HashData(_key, (byte[])[.. serial, .. Encoding.UTF8.GetBytes($"{bucket}\n{generation}\n{name}")]);
}
