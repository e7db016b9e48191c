using ZonalStorage.Memory;

namespace ZonalStorage.Reading;

/// <summary>Compares an object with its CRC32C once all of its bytes have passed in order, whoever reads them in which steps.</summary>
/// <remarks>
/// What is read again behind a seek changes nothing, what is skipped may be read later. One thread at a time.
/// </remarks>
/// <param name="info">The object.</param>
internal sealed class SequentialChecksum(ZonalObjectInfo info)
{
    private long _covered;
    private uint _crc;

    /// <summary>Notes bytes that are about to be handed out.</summary>
    /// <param name="offset">Where they lie in the object.</param>
    /// <param name="bytes">The bytes.</param>
    /// <param name="crc">Their CRC32C.</param>
    /// <exception cref="ZonalException"><c>ChecksumMismatch</c>: they were the last, and the whole is not what was written.</exception>
    public void Add(long offset, ReadOnlySpan<byte> bytes, uint crc)
    {
        if (offset > _covered || offset + bytes.Length <= _covered) return;
        var known = (int)(_covered - offset);
        var added = bytes.Length - known;
        var (covered, whole) = (_covered + added, Crc32C.Combine(_crc, known == 0 ? crc : Crc32C.Compute(bytes[known..]), added));
        // Noted after the comparison, so that the bytes of a damaged object stay undelivered however often they are read.
        if (covered == info.Size && info is { IsFinalized: true, Crc32C: { } expected } && whole != expected)
            throw ReadErrors.WholeDamaged(info.Uri, whole, expected);
        (_covered, _crc) = (covered, whole);
    }
}
