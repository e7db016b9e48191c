using ZonalStorage.Emulator.Services.Reading;

namespace ZonalStorage.Emulator.Faults.Kinds;

/// <summary>Fails the n-th range of a stream, and the stream with it, once all healthy ranges are served.</summary>
internal sealed class RangeError(int ordinal) : Fault
{
    private ReadRangeState? _failed;

    public override ValueTask<bool> OnReadRangeAsync(ReadStream stream, ReadRangeState range)
    {
        if (range.Ordinal != ordinal) return new(true);
        _failed = range;
        return new(false);
    }

    public override ValueTask OnReadIdleAsync(ReadStream stream) => _failed is null
        ? ValueTask.CompletedTask
        : throw RangeRules.OutOfRange([_failed.ReadId], $"Injected failure of range {ordinal}.");
}
