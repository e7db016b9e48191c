namespace ZonalStorage.Emulator.Services.Reading;

/// <summary>
/// One chunk about to be sent, as a fault may see and change it. A stream reuses one instance for all its chunks.
/// </summary>
internal sealed class OutgoingChunk
{
    public long ReadId { get; set; }

    /// <summary>Where the bytes are taken from, and the place the chunk claims unless a fault lies about it.</summary>
    public long Offset { get; set; }

    /// <summary>Added to the claimed place only.</summary>
    public long ClaimShift { get; set; }

    public int Length { get; set; }

    public bool RangeEnd { get; set; }

    public bool SendChecksum { get; set; }

    /// <summary>Mixed into the checksum; 0 leaves it right.</summary>
    public uint ChecksumError { get; set; }

    /// <summary>Index of a byte to damage after the checksum was taken; -1 damages none.</summary>
    public int DamagedByte { get; set; }

    /// <summary>Set by a fault that sends something else instead.</summary>
    public bool Skip { get; set; }

    public OutgoingChunk Set(long readId, long offset, int length, bool rangeEnd)
    {
        ReadId = readId;
        Offset = offset;
        ClaimShift = 0;
        Length = length;
        RangeEnd = rangeEnd;
        SendChecksum = true;
        ChecksumError = 0;
        DamagedByte = -1;
        Skip = false;
        return this;
    }
}
