using System.Text;

namespace ZonalStorage.Tests.Transport.Hpack;

/// <summary>
/// An encoder written from RFC 7541 and nothing of the engine: of all the representations a field may have it takes one at
/// random, Huffman codes at random, and changes the size of its table at random.
/// </summary>
internal sealed class ReferenceEncoder(Random random, int tableLimit)
{
    // Appendix A.
    private static readonly (string Name, string Value)[] _staticTable =
    [
        (":authority", ""), (":method", "GET"), (":method", "POST"), (":path", "/"), (":path", "/index.html"),
        (":scheme", "http"), (":scheme", "https"), (":status", "200"), (":status", "204"), (":status", "206"),
        (":status", "304"), (":status", "400"), (":status", "404"), (":status", "500"), ("accept-charset", ""),
        ("accept-encoding", "gzip, deflate"), ("accept-language", ""), ("accept-ranges", ""), ("accept", ""),
        ("access-control-allow-origin", ""), ("age", ""), ("allow", ""), ("authorization", ""),
        ("cache-control", ""), ("content-disposition", ""), ("content-encoding", ""), ("content-language", ""),
        ("content-length", ""), ("content-location", ""), ("content-range", ""), ("content-type", ""),
        ("cookie", ""), ("date", ""), ("etag", ""), ("expect", ""), ("expires", ""), ("from", ""),
        ("host", ""), ("if-match", ""), ("if-modified-since", ""), ("if-none-match", ""), ("if-range", ""),
        ("if-unmodified-since", ""), ("last-modified", ""), ("link", ""), ("location", ""),
        ("max-forwards", ""), ("proxy-authenticate", ""), ("proxy-authorization", ""), ("range", ""),
        ("referer", ""), ("refresh", ""), ("retry-after", ""), ("server", ""), ("set-cookie", ""),
        ("strict-transport-security", ""), ("transfer-encoding", ""), ("user-agent", ""), ("vary", ""),
        ("via", ""), ("www-authenticate", ""),
    ];

    private readonly List<(byte[] Name, byte[] Value)> _fields = [];
    private int _tableSize = tableLimit;
    private int _tableLimit = tableLimit;
    private bool _mustAnnounce;

    /// <summary>Fields in the table, for a test to see that there are some.</summary>
    public int TableCount => _fields.Count;

    /// <summary>The other side allows another size.</summary>
    public void SetTableLimit(int limit)
    {
        _tableLimit = limit;
        if (_tableSize <= limit) return;
        _tableSize = limit;
        _mustAnnounce = true;
        Evict();
    }

    public byte[] Encode(IEnumerable<(byte[] Name, byte[] Value)> fields)
    {
        var block = new List<byte>();
        if (_mustAnnounce || random.Next(8) == 0)
        {
            if (!_mustAnnounce) _tableSize = random.Next(_tableLimit + 1);
            Evict();
            WriteInteger(block, 0x20, 5, _tableSize);
            _mustAnnounce = false;
        }

        foreach (var (name, value) in fields) Write(block, name, value);
        return [.. block];
    }

    public static void WriteInteger(List<byte> block, int pattern, int prefixBits, int value)
    {
        // The pseudo-code of §5.1.
        var max = (1 << prefixBits) - 1;
        if (value < max)
        {
            block.Add((byte)(pattern | value));
            return;
        }

        block.Add((byte)(pattern | max));
        value -= max;
        while (value >= 128)
        {
            block.Add((byte)((value % 128) + 128));
            value /= 128;
        }

        block.Add((byte)value);
    }

    private static bool Same(string a, byte[] b) => Encoding.ASCII.GetBytes(a).AsSpan().SequenceEqual(b);

    private void Write(List<byte> block, byte[] name, byte[] value)
    {
        List<int> whole = [], names = [];
        for (var i = 0; i < _staticTable.Length; i++)
        {
            if (!Same(_staticTable[i].Name, name)) continue;
            names.Add(i + 1);
            if (Same(_staticTable[i].Value, value)) whole.Add(i + 1);
        }

        for (var i = 0; i < _fields.Count; i++)
        {
            if (!_fields[i].Name.AsSpan().SequenceEqual(name)) continue;
            names.Add(_staticTable.Length + 1 + i);
            if (_fields[i].Value.AsSpan().SequenceEqual(value)) whole.Add(_staticTable.Length + 1 + i);
        }

        if (whole.Count > 0 && random.Next(4) != 0)
        {
            WriteInteger(block, 0x80, 7, whole[random.Next(whole.Count)]);
            return;
        }

        var (pattern, prefix) = random.Next(4) switch { 0 => (0x00, 4), 1 => (0x10, 4), _ => (0x40, 6) };
        var index = names.Count > 0 && random.Next(4) != 0 ? names[random.Next(names.Count)] : 0;
        WriteInteger(block, pattern, prefix, index);
        if (index == 0) WriteString(block, name);
        WriteString(block, value);
        if (pattern != 0x40) return;
        _fields.Insert(0, (name, value));
        Evict();
    }

    private void WriteString(List<byte> block, byte[] text)
    {
        var isHuffman = random.Next(2) == 0;
        var bytes = isHuffman ? HuffmanCode.Encode(text) : text;
        WriteInteger(block, isHuffman ? 0x80 : 0, 7, bytes.Length);
        block.AddRange(bytes);
    }

    private void Evict()
    {
        while (_fields.Sum(static f => f.Name.Length + f.Value.Length + 32) > _tableSize) _fields.RemoveAt(_fields.Count - 1);
    }
}
