using System.Buffers;
using System.Text;

namespace ZonalStorage.Transport.Hpack;

/// <summary>Encodes the few headers of a request, without a dynamic table and without Huffman coding.</summary>
/// <remarks>A stream carries gigabytes behind one header block: a smaller block would gain nothing.</remarks>
internal static class HpackEncoder
{
    /// <summary>
    /// A dynamic table size update to 0 (RFC 7541 §6.3), which must begin the next block after a decoder's limit has fallen
    /// (§4.2), also where no table is used: the encoder's is taken to have 4096 bytes until it says otherwise.
    /// </summary>
    public const byte NoTable = 0x20;

    private const byte LiteralWithoutIndexing = 0x00;
    private const byte LiteralNeverIndexed = 0x10;
    private const byte Indexed = 0x80;

    public static void WriteMethodPost(IBufferWriter<byte> block) =>
        WriteInteger(block, Indexed, prefixBits: 7, StaticTable.MethodPost);

    public static void WriteScheme(IBufferWriter<byte> block, string scheme) => WriteInteger(
        block, Indexed, prefixBits: 7, scheme is "https" ? StaticTable.SchemeHttps : StaticTable.SchemeHttp);

    public static void WritePath(IBufferWriter<byte> block, string path)
    {
        WriteInteger(block, LiteralWithoutIndexing, prefixBits: 4, StaticTable.Path);
        WriteString(block, path);
    }

    public static void WriteAuthority(IBufferWriter<byte> block, string authority)
    {
        WriteInteger(block, LiteralWithoutIndexing, prefixBits: 4, StaticTable.Authority);
        WriteString(block, authority);
    }

    /// <summary>Writes a field; the name in lower case.</summary>
    public static void Write(IBufferWriter<byte> block, string name, string value)
    {
        WriteInteger(block, LiteralWithoutIndexing, prefixBits: 4, 0);
        WriteString(block, name);
        WriteString(block, value);
    }

    /// <summary>Writes the <c>authorization</c> field so that no one on the way puts it into a table (§7.1.3).</summary>
    public static void WriteAuthorization(IBufferWriter<byte> block, string value)
    {
        WriteInteger(block, LiteralNeverIndexed, prefixBits: 4, StaticTable.Authorization);
        WriteString(block, value);
    }

    private static void WriteString(IBufferWriter<byte> block, string text)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        WriteInteger(block, kind: 0, prefixBits: 7, length);
        Encoding.UTF8.GetBytes(text, block.GetSpan(length));
        block.Advance(length);
    }

    private static void WriteInteger(IBufferWriter<byte> block, byte kind, int prefixBits, int value)
    {
        var room = block.GetSpan(6);
        var mask = (1 << prefixBits) - 1;
        var count = 0;
        if (value < mask)
        {
            room[count++] = (byte)(kind | value);
        }
        else
        {
            room[count++] = (byte)(kind | mask);
            for (value -= mask; value >= 0x80; value >>= 7) room[count++] = (byte)(value | 0x80);
            room[count++] = (byte)value;
        }

        block.Advance(count);
    }
}
