namespace ZonalStorage.Transport.Hpack;

/// <summary>The fields that a peer's encoder has told us to remember (RFC 7541 §2.3.2), the newest first.</summary>
/// <remarks>
/// The bytes of all fields lie behind each other in one block of twice the capacity; when it is full, the fields that are
/// still there move to the front of a second one. Both are made when they are first needed, which for a peer that does
/// without the table, as we ask it to, is never; after that nothing is allocated. What <see cref="GetName"/> and
/// <see cref="GetValue"/> return is good until the next <see cref="Add"/>.
/// </remarks>
internal sealed class DynamicTable(int capacity)
{
    // What a field weighs beside its bytes (§4.1).
    private const int Overhead = 32;

    private byte[] _bytes = [];
    private byte[] _spare = [];
    private int _end;

    // A ring, its length a power of two; at most Capacity / 32 fields are in it.
    private Field[] _fields = [];
    private int _oldest;
    private int _size;

    /// <summary>Bytes that the fields may have together, by the rule of §4.1.</summary>
    public int Capacity { get; private set; } = capacity;

    /// <summary>Fields in the table.</summary>
    public int Count { get; private set; }

    /// <summary>What a field weighs.</summary>
    public static int Weigh(int nameLength, int valueLength) => nameLength + valueLength + Overhead;

    /// <summary>Name of the field that came <paramref name="age"/> fields before the newest.</summary>
    public ReadOnlySpan<byte> GetName(int age)
    {
        ref readonly var field = ref FromOldest(Count - 1 - age);
        return _bytes.AsSpan(field.Offset, field.NameLength);
    }

    /// <summary>Value of the field that came <paramref name="age"/> fields before the newest.</summary>
    public ReadOnlySpan<byte> GetValue(int age)
    {
        ref readonly var field = ref FromOldest(Count - 1 - age);
        return _bytes.AsSpan(field.Offset + field.NameLength, field.ValueLength);
    }

    /// <summary>Adds a field; older ones make room, and one that is larger than the table empties it (§4.4).</summary>
    /// <param name="name">May be a name in this table, also of a field that has to go.</param>
    /// <param name="value">Its value.</param>
    public void Add(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        var weight = Weigh(name.Length, value.Length);
        Evict(Math.Max(0, Capacity - weight));
        if (weight > Capacity) return;
        if (_end + name.Length + value.Length > _bytes.Length) MoveToSpare();
        if (Count == _fields.Length) GrowRing();

        var field = new Field(_end, name.Length, value.Length);
        name.CopyTo(_bytes.AsSpan(_end));
        value.CopyTo(_bytes.AsSpan(_end + name.Length));
        _end += field.Length;
        Count++;
        FromOldest(Count - 1) = field;
        _size += weight;
    }

    /// <summary>Changes the capacity.</summary>
    public void Resize(int capacity)
    {
        Capacity = capacity;
        Evict(capacity);
    }

    private void Evict(int limit)
    {
        while (_size > limit)
        {
            ref readonly var field = ref FromOldest(0);
            _size -= Weigh(field.NameLength, field.ValueLength);
            _oldest++;
            Count--;
        }
    }

    private void MoveToSpare()
    {
        if (_spare.Length < 2 * Capacity) _spare = new byte[2 * Capacity];
        _end = 0;
        for (var i = 0; i < Count; i++)
        {
            ref var field = ref FromOldest(i);
            _bytes.AsSpan(field.Offset, field.Length).CopyTo(_spare.AsSpan(_end));
            field = field with { Offset = _end };
            _end += field.Length;
        }

        (_bytes, _spare) = (_spare, _bytes);
    }

    private void GrowRing()
    {
        var fields = new Field[Math.Max(16, 2 * _fields.Length)];
        for (var i = 0; i < Count; i++) fields[i] = FromOldest(i);
        _fields = fields;
        _oldest = 0;
    }

    private ref Field FromOldest(int i) => ref _fields[(_oldest + i) & (_fields.Length - 1)];

    private readonly record struct Field(int Offset, int NameLength, int ValueLength)
    {
        public int Length => NameLength + ValueLength;
    }
}
