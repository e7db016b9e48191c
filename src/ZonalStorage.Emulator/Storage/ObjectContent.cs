namespace ZonalStorage.Emulator.Storage;

/// <summary>
/// The bytes of one object. Any number of readers may run beside the one writer; they see no byte at or past
/// <see cref="Length"/>, and what they have seen never changes.
/// </summary>
internal abstract class ObjectContent
{
    /// <summary>Bytes that are persisted, and so readable.</summary>
    public abstract long Length { get; }

    /// <summary>
    /// Length and checksum of one moment. The checksum is null where it would be too dear to compute; with
    /// <paramref name="cheaply"/> also where it is not at hand without reading the bytes.
    /// </summary>
    public abstract ContentState Now(bool cheaply);

    public abstract IContentReader OpenReader();

    /// <summary>Adds bytes at the end; called under the object's write turn only.</summary>
    public virtual void Append(ReadOnlySpan<byte> data) =>
        throw new NotSupportedException("This content cannot grow.");
}

/// <summary>How much there is, and the CRC32C of it.</summary>
internal sealed record ContentState(long Length, uint? Crc32C);

/// <summary>Reads one object's content; for one stream at a time.</summary>
internal interface IContentReader : IDisposable
{
    /// <summary>How much is best read at once; 0 for no preference.</summary>
    int PreferredRead => 0;

    /// <summary>Fills all of <paramref name="destination"/>; the caller stays within the content's length.</summary>
    void Read(long offset, Span<byte> destination);

    /// <summary>The checksum of a stretch, where it is known already.</summary>
    uint? KnownCrc32C(long offset, int length);
}
