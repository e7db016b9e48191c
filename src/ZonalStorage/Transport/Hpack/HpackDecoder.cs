namespace ZonalStorage.Transport.Hpack;

/// <summary>Decodes header blocks (RFC 7541), all of a connection's in their order.</summary>
/// <remarks>
/// Bounded whatever comes: a decoded list of more than the limit, by the rule of SETTINGS_MAX_HEADER_LIST_SIZE (name, value
/// and 32 bytes a field), ends the block. Receive thread only.
/// </remarks>
internal sealed class HpackDecoder(int maxHeaderListSize = 64 << 10, int maximumTableSize = 4096)
{
    private readonly byte[] _name = new byte[maxHeaderListSize];
    private readonly byte[] _value = new byte[maxHeaderListSize];
    private readonly DynamicTable _table = new(maximumTableSize);
    private int _maximumTableSize = maximumTableSize;

    /// <summary>The peer has acknowledged another SETTINGS_HEADER_TABLE_SIZE.</summary>
    public void SetMaximumTableSize(int size)
    {
        _maximumTableSize = size;
        if (_table.Capacity > size) _table.Resize(size);
    }

    /// <summary>Decodes a block into <paramref name="sink"/>.</summary>
    /// <exception cref="HpackException">It is malformed or too large; fields before the fault were handed out.</exception>
    public void Decode(ReadOnlySpan<byte> block, IHeaderSink sink)
    {
        var left = maxHeaderListSize;
        var mayResize = true;
        while (!block.IsEmpty)
        {
            var first = block[0];
            if ((first & 0xE0) == 0x20)
            {
                if (!mayResize) throw new HpackException("a table size update behind a field.");
                var size = ReadInteger(ref block, prefixBits: 5);
                if (size > _maximumTableSize) throw new HpackException($"a table size of {size}, over {_maximumTableSize}.");
                _table.Resize(size);
                continue;
            }

            mayResize = false;
            if ((first & 0x80) != 0)
            {
                var (name, value) = Find(ReadInteger(ref block, prefixBits: 7));
                Spend(ref left, name.Length, value.Length);
                sink.OnHeader(name, value);
                continue;
            }

            // Literals: with indexing 01, without 0000, never indexed 0001.
            var isIndexed = (first & 0x40) != 0;
            var index = ReadInteger(ref block, prefixBits: isIndexed ? 6 : 4);
            ReadOnlySpan<byte> literalName = index == 0 ? ReadString(ref block, _name) : Find(index).Name;
            var literalValue = ReadString(ref block, _value);
            Spend(ref left, literalName.Length, literalValue.Length);
            if (isIndexed) _table.Add(literalName.ToArray(), literalValue.ToArray());
            sink.OnHeader(literalName, literalValue);
        }
    }

    private static void Spend(ref int left, int nameLength, int valueLength)
    {
        left -= DynamicTable.Weigh(nameLength, valueLength);
        if (left < 0) throw new HpackException("more header fields than are borne.");
    }

    private (byte[] Name, byte[] Value) Find(int index)
    {
        if (index == 0 || index > StaticTable.Count + _table.Count)
            throw new HpackException($"field {index}, which is in no table.");
        return index <= StaticTable.Count ? StaticTable.Get(index) : _table.Get(index - StaticTable.Count - 1);
    }

    private static ReadOnlySpan<byte> ReadString(ref ReadOnlySpan<byte> block, byte[] scratch)
    {
        if (block.IsEmpty) throw new HpackException("a block that ends within a field.");
        var isHuffman = (block[0] & 0x80) != 0;
        var length = ReadInteger(ref block, prefixBits: 7);
        if (length > block.Length) throw new HpackException("a string that is longer than its block.");
        var text = block[..length];
        block = block[length..];
        if (!isHuffman) return text;
        if (Huffman.MaximumDecodedLength(length) > scratch.Length) throw new HpackException("a string that is too long.");
        return scratch.AsSpan(0, Huffman.Decode(text, scratch));
    }

    private static int ReadInteger(ref ReadOnlySpan<byte> block, int prefixBits)
    {
        var mask = (1 << prefixBits) - 1;
        var value = block[0] & mask;
        block = block[1..];
        if (value < mask) return value;
        // 28 bits are far beyond any index, length or table size that could be legal here.
        for (var shift = 0; shift < 28; shift += 7)
        {
            if (block.IsEmpty) throw new HpackException("a block that ends within a number.");
            var part = block[0];
            block = block[1..];
            value += (part & 0x7F) << shift;
            if (part < 0x80) return value;
        }

        throw new HpackException("a number that is too large.");
    }
}
