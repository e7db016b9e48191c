namespace ZonalStorage.Transport.Hpack;

/// <summary>Decodes header blocks (RFC 7541).</summary>
/// <remarks>
/// <para>
/// One for each connection, used by its receive thread alone. It must be given every block of the connection, whole and in
/// order, those of streams that nobody listens to any more included: a block may change the table that later ones refer to.
/// After an exception the table is no longer the peer's, and the connection must end (§2.2, COMPRESSION_ERROR).
/// </para>
/// <para>
/// Bounded whatever comes: a decoded list of more than <c>maxHeaderListSize</c> bytes, by the rule of
/// SETTINGS_MAX_HEADER_LIST_SIZE (name, value and 32 bytes a field, RFC 9113 §6.5.2), ends the block, be it ever so small on
/// the wire. Nothing is allocated per field: strings without Huffman code are handed out where they lie, others are decoded
/// into two scratch buffers that grow up to the limit.
/// </para>
/// </remarks>
/// <param name="maxHeaderListSize">Bytes of a decoded list borne at most.</param>
/// <param name="maximumTableSize">
/// Bytes the peer may use for its dynamic table: 4096, the protocol's initial value, until it acknowledged our setting.
/// </param>
internal sealed class HpackDecoder(int maxHeaderListSize = 64 << 10, int maximumTableSize = 4096)
{
    private readonly DynamicTable _table = new(maximumTableSize);
    private int _maximumTableSize = maximumTableSize;
    private byte[] _nameScratch = [];
    private byte[] _valueScratch = [];

    /// <summary>The peer has acknowledged another SETTINGS_HEADER_TABLE_SIZE.</summary>
    /// <remarks>
    /// A lower limit applies at once. An encoder should announce it in its next block (§4.2), but those that never use the
    /// table often do not, so that is not insisted on: whoever refers to a field that went is found out by that.
    /// </remarks>
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
                Resize(ReadInteger(ref block, prefixBits: 5));
                continue;
            }

            mayResize = false;
            if ((first & 0x80) != 0)
            {
                var field = ReadInteger(ref block, prefixBits: 7);
                var knownName = GetName(field);
                var knownValue = GetValue(field);
                Spend(ref left, knownName.Length, knownValue.Length);
                sink.OnHeader(knownName, knownValue);
                continue;
            }

            // Literals: with indexing 01, without 0000, never indexed 0001.
            var isIndexed = (first & 0x40) != 0;
            var index = ReadInteger(ref block, prefixBits: isIndexed ? 6 : 4);
            var name = index == 0 ? ReadString(ref block, ref _nameScratch, left) : GetName(index);
            var value = ReadString(ref block, ref _valueScratch, left);
            Spend(ref left, name.Length, value.Length);
            sink.OnHeader(name, value);
            if (isIndexed) _table.Add(name, value);
        }
    }

    private static int ReadInteger(ref ReadOnlySpan<byte> block, int prefixBits)
    {
        var mask = (1 << prefixBits) - 1;
        var value = block[0] & mask;
        var used = 1;
        if (value == mask)
        {
            // 28 bits are far beyond any index, length or table size that could be legal here.
            for (var shift = 0; ; shift += 7)
            {
                if (shift == 28) throw new HpackException("a number that is too large.");
                if (used == block.Length) throw new HpackException("a block that ends within a number.");
                var part = block[used++];
                value += (part & 0x7F) << shift;
                if (part < 0x80) break;
            }
        }

        block = block[used..];
        return value;
    }

    private void Resize(int size)
    {
        if (size > _maximumTableSize)
            throw new HpackException($"a table size of {size}, over the {_maximumTableSize} that were allowed.");
        _table.Resize(size);
    }

    private ReadOnlySpan<byte> GetName(int index) => index is > 0 and <= StaticTable.Count
        ? StaticTable.GetName(index)
        : _table.GetName(Age(index));

    private ReadOnlySpan<byte> GetValue(int index) => index is > 0 and <= StaticTable.Count
        ? StaticTable.GetValue(index)
        : _table.GetValue(Age(index));

    private int Age(int index)
    {
        var age = index - StaticTable.Count - 1;
        return age >= 0 && age < _table.Count ? age : throw new HpackException($"field {index}, which is in no table.");
    }

    private ReadOnlySpan<byte> ReadString(ref ReadOnlySpan<byte> block, ref byte[] scratch, int left)
    {
        if (block.IsEmpty) throw new HpackException("a block that ends within a field.");
        var isHuffman = (block[0] & 0x80) != 0;
        var length = ReadInteger(ref block, prefixBits: 7);
        if (length > block.Length) throw new HpackException("a string that is longer than its block.");
        var text = block[..length];
        block = block[length..];
        if (!isHuffman) return text;

        var room = Math.Min(Huffman.MaximumDecodedLength(length), left);
        if (scratch.Length < room) scratch = new byte[Math.Min(Math.Max(room, 2 * scratch.Length), maxHeaderListSize)];
        var decoded = Huffman.Decode(text, scratch.AsSpan(0, room));
        return decoded >= 0 ? scratch.AsSpan(0, decoded) : throw TooLarge();
    }

    private void Spend(ref int left, int nameLength, int valueLength)
    {
        left -= DynamicTable.Weigh(nameLength, valueLength);
        if (left < 0) throw TooLarge();
    }

    private HpackException TooLarge() => new(
        $"header fields of over {maxHeaderListSize} bytes (name, value and 32 for each), which is more than this client bears.");
}
