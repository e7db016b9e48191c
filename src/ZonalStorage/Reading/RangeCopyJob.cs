using ZonalStorage.Memory;
using ZonalStorage.Protocol;

namespace ZonalStorage.Reading;

/// <summary>The copy-and-check pass of one chunk, for a worker: holds the message until it is done.</summary>
internal sealed class RangeCopyJob : IMemmoveJob
{
    private readonly RangeRead _range;
    private readonly int _position;
    private readonly Fragment[] _fragments;
    private readonly int _count;
    private readonly int _length;
    private readonly uint _crc;
    private readonly long _readId;
    private readonly SharedHold _hold;
    private readonly Action<RangeRead, long, RangeStep> _done;

    public RangeCopyJob(
        RangeRead range, int position, in ReadChunk chunk, SharedHold hold, Action<RangeRead, long, RangeStep> done)
    {
        _range = range;
        _position = position;
        _fragments = new Fragment[chunk.Content.MaximumFragmentCount];
        _count = chunk.Content.CopyFragmentsTo(_fragments);
        _length = chunk.Content.Length;
        _crc = chunk.Crc32C!.Value;
        _readId = chunk.ReadId;
        _hold = hold;
        _done = done;
    }

    /// <summary>Nobody runs the job: let go of the message.</summary>
    public void Release() => _hold.Release();

    /// <inheritdoc/>
    public void Run()
    {
        var step = _range.CopyHandedOver(_position, _length, _fragments.AsSpan(0, _count), _crc);
        _hold.Release();
        _done(_range, _readId, step);
    }
}
