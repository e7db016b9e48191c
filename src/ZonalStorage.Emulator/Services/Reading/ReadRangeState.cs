namespace ZonalStorage.Emulator.Services.Reading;

/// <summary>One range that a stream still owes: absolute, clamped to the object.</summary>
internal sealed class ReadRangeState(long readId, int ordinal, long start, long end)
{
    public long ReadId { get; } = readId;

    /// <summary>1 for the first range of the stream.</summary>
    public int Ordinal { get; } = ordinal;

    public long Next { get; set; } = start;

    public long End { get; set; } = end;
}
