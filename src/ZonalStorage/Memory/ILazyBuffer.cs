namespace ZonalStorage.Memory;

/// <summary>A lazily bound buffer: memory that is taken when the first byte for it comes.</summary>
/// <remarks>Bound by the thread that writes, before anybody reads; the first call decides.</remarks>
internal interface ILazyBuffer
{
    /// <summary>Bytes that may come at most.</summary>
    int Length { get; }

    /// <summary>Takes the memory, if it was not taken before.</summary>
    /// <param name="available">
    /// Bytes that the object has from here on: as many are bound as can come, where the buffer may choose.
    /// </param>
    /// <returns>Where the bytes go; as long as <see cref="Length"/>, or <paramref name="available"/> where that is less.</returns>
    /// <exception cref="OutOfMemoryException">There is none.</exception>
    Memory<byte> Bind(long available);
}
