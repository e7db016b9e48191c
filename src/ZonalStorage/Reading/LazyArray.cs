using ZonalStorage.Memory;

namespace ZonalStorage.Reading;

/// <summary>An array that is made when its first byte comes: only then is known how much there is.</summary>
/// <param name="length">Bytes asked for.</param>
/// <param name="whole">
/// Bytes that the array is to have if the object has so many from here on; what is beyond <paramref name="length"/> somebody else
/// fills. Null for all.
/// </param>
internal sealed class LazyArray(int length, long? whole) : ILazyBuffer
{
    private byte[]? _array;

    /// <inheritdoc/>
    public int Length => length;

    /// <summary>The array; null before its first byte has come.</summary>
    public byte[]? Bytes => Volatile.Read(ref _array);

    /// <inheritdoc/>
    public Memory<byte> Bind(long available)
    {
        if (Bytes is null)
        {
            var wanted = Math.Min(available, whole ?? available);
            // What no array can hold is an error, and not this one's to tell.
            if (wanted > Array.MaxLength) wanted = length;
            // Who fills what is behind this range may be here at the same time.
            Interlocked.CompareExchange(ref _array, HugePages.AllocateArray((int)wanted), comparand: null);
        }

        return Bytes.AsMemory(0, Math.Min(length, Bytes!.Length));
    }
}
