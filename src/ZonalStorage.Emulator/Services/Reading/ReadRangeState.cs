namespace ZonalStorage.Emulator.Services.Reading;

/// <summary>One range that a stream still owes: absolute, clamped to the object.</summary>
internal sealed class ReadRangeState(long readId, int ordinal, long start, long end)
{
    public long ReadId { get; } = readId;

    /// <summary>1 for the first range of the stream.</summary>
    public int Ordinal { get; } = ordinal;

    public long Start { get; } = start;

    public long End { get; } = end;

    public long Next { get; set; } = start;

    /// <summary>Set by a fault that wants the range forgotten after its next chunk.</summary>
    public bool IsAbandoned { get; set; }
}
