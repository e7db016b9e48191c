namespace ZonalStorage.Transport.Hpack;

/// <summary>The fields that a peer's encoder has told us to remember (RFC 7541 §2.3.2), the newest first.</summary>
internal sealed class DynamicTable(int capacity)
{
    // What a field weighs beside its bytes (§4.1).
    private const int Overhead = 32;

    private readonly LinkedList<(byte[] Name, byte[] Value)> _fields = new();
    private int _size;

    /// <summary>Bytes that the fields may have together, by the rule of §4.1.</summary>
    public int Capacity { get; private set; } = capacity;

    /// <summary>Fields in the table.</summary>
    public int Count => _fields.Count;

    /// <summary>What a field weighs.</summary>
    public static int Weigh(int nameLength, int valueLength) => nameLength + valueLength + Overhead;

    /// <summary>The field that came <paramref name="age"/> fields before the newest.</summary>
    public (byte[] Name, byte[] Value) Get(int age)
    {
        var node = _fields.First!;
        for (; age > 0; age--) node = node.Next!;
        return node.Value;
    }

    /// <summary>Adds a field; older ones make room, and one that is larger than the table empties it (§4.4).</summary>
    public void Add(byte[] name, byte[] value)
    {
        var size = Weigh(name.Length, value.Length);
        Evict(Capacity - size);
        if (size > Capacity) return;
        _fields.AddFirst((name, value));
        _size += size;
    }

    /// <summary>Changes the capacity.</summary>
    public void Resize(int capacity)
    {
        Capacity = capacity;
        Evict(capacity);
    }

    private void Evict(int limit)
    {
        while (_size > limit && _fields.Last is { } oldest)
        {
            _size -= Weigh(oldest.Value.Name.Length, oldest.Value.Value.Length);
            _fields.RemoveLast();
        }
    }
}
