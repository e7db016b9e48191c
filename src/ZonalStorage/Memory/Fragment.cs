namespace ZonalStorage.Memory;

/// <summary>A piece of a message as it lies in a receive block.</summary>
/// <param name="address">Its first byte; whoever hands the fragment out says how long it stays there.</param>
/// <param name="length">Its bytes.</param>
internal readonly unsafe struct Fragment(byte* address, int length)
{
    private readonly byte* _address = address;

    /// <summary>Bytes in the piece.</summary>
    public int Length { get; } = length;

    /// <summary>First byte of the piece.</summary>
    public byte* Address => _address;

    /// <summary>The piece.</summary>
    public ReadOnlySpan<byte> Span => new(_address, Length);

    /// <summary>True if <paramref name="next"/> begins where this piece ends, so that both are one.</summary>
    public bool IsFollowedBy(byte* next) => _address + Length == next;

    /// <summary>This piece and the <paramref name="count"/> bytes behind it.</summary>
    public Fragment Grow(int count) => new(_address, Length + count);

    /// <summary>A part of the piece.</summary>
    public Fragment Slice(int start, int length) => new(_address + start, length);
}
